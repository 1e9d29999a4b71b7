import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readPdf } from '../../../test/support/pdf-text.ts';
import { png } from '../../../test/support/png.ts';
import { ok } from '../../../test/support/provider.ts';
import { testApp } from '../../../test/support/test-app.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());

await ok(nadi, {
  method: 'PUT',
  url: '/api/organisation',
  body: { name: 'Sinar Net', timezone: 'Asia/Jayapura', tax_number: '01.234' },
});
const customer = await ok(nadi, {
  method: 'POST',
  url: '/api/customers',
  body: { name: 'Budi', address: 'Jl. Satu' },
});

async function newInvoice(): Promise<{ id: string; invoice_number: string }> {
  const lines = [{ description: 'Pemasangan', quantity: 2, unit_price: '75000' }];
  return ok(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: customer.id, lines, due_date: '2026-01-20', notes: 'Catatan kami' },
  });
}

async function pdf(url: string) {
  const answer = await nadi.request({ url });
  assert.equal(answer.statusCode, 200, answer.body);
  return { headers: answer.headers, bytes: answer.rawPayload, ...(await readPdf(answer.rawPayload)) };
}

test('an invoice is answered as a PDF in the organisation’s language, dated where the organisation is', async () => {
  nadi.clock.set('2026-01-15T20:00:00Z');
  const invoice = await newInvoice();
  const { headers, text, bytes } = await pdf(`/api/invoices/${invoice.id}/pdf`);
  assert.equal(headers['content-type'], 'application/pdf');
  assert.equal(headers['content-disposition'], `inline; filename="${invoice.invoice_number}.pdf"`);
  assert.equal(headers['cache-control'], 'no-store');
  for (const part of [
    'TAGIHAN',
    'Sinar Net',
    'Budi',
    'Jl. Satu',
    '16 Januari 2026',
    'Rp 150.000',
    'Catatan kami',
  ]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  nadi.clock.set('2026-01-16T09:00:00Z');
  assert.ok(bytes.equals((await pdf(`/api/invoices/${invoice.id}/pdf`)).bytes));
});

test('format and language are as asked', async () => {
  const invoice = await newInvoice();
  const { text, sizes } = await pdf(`/api/invoices/${invoice.id}/pdf?format=receipt&language=en`);
  assert.ok(text.includes('UNPAID') && text.includes('Rp 150,000'), text);
  assert.ok((sizes[0]?.width ?? 0) < 230);
});

test('a payment’s receipt tells who took it, and later that it was reversed', async () => {
  const invoice = await newInvoice();
  const body = { invoice_id: invoice.id, amount: '50000', method: 'qris', transaction_id: 'Q-1' };
  const payment = await ok(nadi, { method: 'POST', url: '/api/payments', body });
  const url = `/api/payments/${payment.id}/receipt`;
  const { text, headers } = await pdf(url);
  for (const part of [
    'KWITANSI',
    'Lima puluh ribu rupiah',
    invoice.invoice_number,
    'QRIS',
    'Q-1',
    'admin',
    'Rp 100.000',
  ]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  assert.match(String(headers['content-disposition']), /^inline; filename="KW-20260116-\d{4}\.pdf"$/);
  const paid = await pdf(`/api/invoices/${invoice.id}/pdf`);
  assert.ok(paid.text.includes('Rp 50.000'), paid.text);
  await ok(nadi, { method: 'DELETE', url: `/api/payments/${payment.id}?reason=Salah` });
  const reversed = await pdf(`${url}?language=en&format=receipt`);
  assert.ok(reversed.text.includes('REVERSED') && reversed.text.includes('Salah'), reversed.text);
});

test('a void invoice asks for nothing', async () => {
  const invoice = await newInvoice();
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${invoice.id}` });
  const { text } = await pdf(`/api/invoices/${invoice.id}/pdf`);
  assert.match(text, /BATAL/);
  assert.match(text, /Sisa tagihan Rp 0\b/);
});

test('what is not there is refused in JSON', async () => {
  for (const url of ['/api/invoices', '/api/payments'].map((path) => `${path}/${customer.id}`)) {
    const answer = await nadi.request({ url: url.includes('invoices') ? `${url}/pdf` : `${url}/receipt` });
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json().code, 'not_found');
  }
});

test('the logo makes the invoice another file, and a stored one that is broken does not harm it', async () => {
  const invoice = await newInvoice();
  const url = `/api/invoices/${invoice.id}/pdf`;
  const without = await pdf(url);
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation/logo',
    body: { image: png(20, 20).toString('base64') },
  });
  const withLogo = await pdf(url);
  assert.ok(withLogo.bytes.includes('/Subtype /Image') && !without.bytes.includes('/Subtype /Image'));
  await nadi.kit.pool.query(`update organisation_logo set image = substr(image, 1, 50)`);
  assert.ok((await pdf(url)).text.includes('Sinar Net'));
});
