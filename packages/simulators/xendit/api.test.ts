import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../../test/support/gateway-client.ts';
import { startXendit, type Xendit } from './start-xendit.ts';

const call = (xendit: Xendit, method: 'GET' | 'POST', path: string, body?: unknown) =>
  ask(xendit.url, xendit.secretKey, method, path, body);
const create = async (xendit: Xendit, externalId: string, more: object = {}) =>
  (await call(xendit, 'POST', '/v2/invoices', { external_id: externalId, amount: 50_000, ...more })).body;

test('an invoice is made, found by its id and by its external id, and expires when it is told to', async () => {
  await using xendit = await startXendit();
  const made = await create(xendit, 'INV-1', { description: 'Internet', payer_email: 'a@b.id' });
  assert.deepEqual(
    [made.status, made.external_id, made.amount, made.description, made.expiry_date],
    ['PENDING', 'INV-1', 50_000, 'Internet', '2026-01-02T00:00:00.000Z'],
  );
  assert.equal(made.invoice_url, `${xendit.url}/web/${made.id}`);
  assert.deepEqual((await call(xendit, 'GET', `/v2/invoices/${made.id}`)).body, made);
  // The external id is the merchant's own affair: the same one makes another invoice.
  const other = await create(xendit, 'INV-1');
  assert.notEqual(other.id, made.id);
  assert.deepEqual((await call(xendit, 'GET', '/v2/invoices?external_id=INV-1')).body, [other, made]);
  assert.deepEqual((await call(xendit, 'GET', '/v2/invoices?external_id=nothing')).body, []);
  const expired = await call(xendit, 'POST', `/invoices/${made.id}/expire!`);
  assert.equal(expired.body.status, 'EXPIRED');
  const again = await call(xendit, 'POST', `/invoices/${made.id}/expire!`);
  assert.equal(again.status, 404);
  assert.deepEqual(again.body, {
    error_code: 'INVOICE_NOT_FOUND_ERROR',
    message: 'Could not find and update PENDING invoice',
  });
});

test('what is refused is refused with its own status and code', async () => {
  await using xendit = await startXendit();
  const wrong = await ask(xendit.url, 'wrong', 'GET', '/v2/invoices/x');
  assert.equal(wrong.status, 401);
  assert.equal(wrong.body.error_code, 'INVALID_API_KEY');
  for (const [asked, code] of [
    ['{', 'INVALID_JSON_FORMAT'],
    [{}, 'API_VALIDATION_ERROR'],
    [{ external_id: 'a', amount: '50000' }, 'API_VALIDATION_ERROR'],
    [{ external_id: 'a', amount: 50_000, invoice_duration: 0 }, 'API_VALIDATION_ERROR'],
    [{ external_id: 'a', amount: 9999 }, 'MINIMAL_TRANSFER_AMOUNT_ERROR'],
    [{ external_id: 'a', amount: 1_000_000_001 }, 'MAXIMUM_TRANSFER_AMOUNT_ERROR'],
  ] as const) {
    const { status, body } = await call(xendit, 'POST', '/v2/invoices', asked);
    assert.deepEqual([status, body.error_code], [400, code]);
  }
  for (const [method, path, code] of [
    ['GET', '/v2/invoices/nothing', 'INVOICE_NOT_FOUND_ERROR'],
    ['POST', '/invoices/nothing/expire!', 'INVOICE_NOT_FOUND_ERROR'],
    ['POST', '/v2/invoices/nothing/expire!', 'NOT_FOUND'],
  ] as const) {
    const { status, body } = await call(xendit, method, path);
    assert.deepEqual([status, body.error_code], [404, code]);
  }
});

test('the same faults strike its calls', async () => {
  await using xendit = await startXendit();
  xendit.faults.add({ do: 'fail', status: 500, when: 'after', call: 'POST /v2/invoices', times: 1 });
  const asked = { external_id: 'INV-1', amount: 50_000 };
  const failed = await call(xendit, 'POST', '/v2/invoices', asked);
  assert.deepEqual([failed.status, failed.body.error_code], [500, 'SERVER_ERROR']);
  assert.equal(xendit.find('INV-1')?.status, 'PENDING');
  assert.equal(xendit.calls[0]?.answer?.status, 200);
  xendit.faults.add({ do: 'garble', when: 'after', times: 1 });
  const garbled = await call(xendit, 'GET', '/v2/invoices?external_id=INV-1');
  assert.equal(garbled.status, 200);
  assert.throws(() => JSON.parse(garbled.text), SyntaxError);
});

test('somebody can play the customer on the page that invoice_url names', async () => {
  await using xendit = await startXendit();
  const { invoice_url: page, id } = await create(xendit, 'INV-1');
  assert.match(await (await fetch(`${page}`)).text(), /INV-1: Rp 50000 \(PENDING\)/);
  for (const method of ['nonsense', 'QR_CODE', 'EWALLET'])
    await fetch(`${page}`, { method: 'POST', body: new URLSearchParams({ method }) });
  assert.equal(xendit.find(`${id}`)?.paid?.method, 'QR_CODE');
});
