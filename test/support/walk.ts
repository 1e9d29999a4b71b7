import assert from 'node:assert/strict';
import type { TestApp } from './test-app.ts';

/** A subscriber's first month: added, invoiced, paid, extended; seen by every list. On a database without customers. */
export async function walk(nadi: TestApp): Promise<void> {
  const send = async (
    method: 'GET' | 'POST',
    url: string,
    body?: unknown,
    status = method === 'GET' ? 200 : 201,
  ) => {
    const answer = await nadi.request({ method, url, ...(body === undefined ? {} : { body }) });
    assert.equal(answer.statusCode, status, answer.body);
    return answer.json();
  };
  const customer = await send('POST', '/api/customers', {
    name: 'Budi Santoso',
    phone: '081234567890',
    email: '',
  });
  const pack = await send('POST', '/api/packages', { name: '10 Mbps', bandwidth: '10M/10M', price: 150000 });
  const subscription = await send('POST', '/api/subscriptions', {
    customer_id: customer.id,
    package_id: pack.id,
    mikrotik_username: 'budi',
  });
  assert.equal(subscription.end_date, '2026-01-15');
  await nadi.drainJobs();
  const invoices = await send('GET', `/api/invoices?subscription_id=${subscription.id}`);
  assert.equal(invoices.total, 1);
  const [invoice] = invoices.data;
  assert.equal(invoice.invoice_number, 'INV-20260115-0001');
  assert.equal(invoice.amount, '150000.00');
  const paid = await send('POST', `/api/invoices/${invoice.id}/mark-paid`, undefined, 200);
  assert.equal(paid.status, 'paid');
  assert.equal(paid.subscription.end_date, '2026-02-14');
  const shown = await send('GET', `/api/customers/${customer.id}`);
  assert.equal(shown.subscriptions.length, 1);
  assert.equal(shown.secrets[0].username, 'budi');
  const stats = await send('GET', '/api/dashboard/stats');
  assert.equal(stats.revenue_today, '150000.00');
  const activity = await send('GET', '/api/dashboard/recent-activities');
  assert.ok(activity.length >= 3);
  const found = await send('GET', '/api/customers?search=sant');
  assert.equal(found.total, 1);
  const audit = await send('GET', '/api/audit-logs?action=customer.created');
  assert.equal(audit.total, 1);
}
