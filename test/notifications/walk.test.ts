import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, payAll, subscriptionOf } from '../support/provider.ts';
import { messagesOf, reachable, tick, toldApp } from './notification-support.ts';

test('a customer is told of the invoice, reminded, told of the suspension, and of the payment that ends it', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  const body = { name: 'Sinar Net', phone: '0812-1', payment_instructions: 'BCA 123' };
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body });
  const { subscriptionId } = await reachable(nadi, { email: 'budi@rumah.test', name: 'Budi' });
  const told1 = () => messages.sent.map(({ headers }) => String(headers.subject));
  const bill = async (date: string) => {
    goTo(nadi, date);
    await nadi.edition.runBilling();
    await tick(nadi);
  };
  await bill('2026-01-15');
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  assert.equal(messages.sent.length, 1);
  const [mail] = messages.sent;
  assert.equal(mail?.to, 'budi@rumah.test');
  assert.equal(mail?.headers.subject, `Tagihan ${invoice?.invoice_number}: Rp 150.000`);
  const payUrl = /http\S+\/bayar\/[\w-]{40,}/.exec(mail?.text ?? '')?.[0];
  assert.equal(
    mail?.text,
    `Halo Budi,\n\nTagihan ${invoice?.invoice_number} sebesar Rp 150.000 sudah terbit. Mohon dibayar paling lambat 15 Januari 2026.\n\nBayar di sini: ${payUrl}\nBCA 123\n\nTerima kasih.\n\nSinar Net 0812-1`,
  );
  const [stored] = await messagesOf(nadi);
  assert.equal(mail?.headers['message-id'], `<${stored?.id}@sinar.test>`);
  assert.equal(stored?.state, 'sent');
  assert.equal(stored?.body, mail?.text);
  for (const day of ['16', '17', '18']) await bill(`2026-01-${day}`);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'suspended');
  // Told as soon as it is paid: no minute has to pass.
  await payAll(nadi, subscriptionId);
  await nadi.drainJobs();
  assert.deepEqual(
    told1().map((subject) => subject.replace(/INV-[\d-]+/, '…')),
    [
      'Tagihan …: Rp 150.000',
      'Belum dibayar: Rp 150.000',
      'Internet Anda dihentikan sementara',
      'Belum dibayar: Rp 150.000',
      'Pembayaran diterima: Rp 150.000',
      'Internet Anda menyala lagi',
    ],
  );
  for (let times = 0; times < 3; times += 1) await tick(nadi);
  assert.equal(messages.sent.length, 6, 'told once');
});
