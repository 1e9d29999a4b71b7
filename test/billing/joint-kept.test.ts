import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { systemAuthor } from '#kit/http/call.ts';
import { importPayments } from '../../server/modules/imports/index.ts';
import { readPdf } from '../support/pdf-text.ts';
import { testApp } from '../support/test-app.ts';
import { family, onlyInvoice, run } from './joint-support.ts';

test('whoever is on a joint invoice is never deleted, and no period is on two invoices', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-18' }]);
  await run(nadi);
  const refused = await nadi.request({ method: 'DELETE', url: `/api/customers/${home.customerId}` });
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'customer_has_invoices']);
  const { id } = await onlyInvoice(nadi, home.customerId);
  for (const statement of [
    `delete from subscriptions where id = '${home.ids[0]}'`,
    `delete from invoice_parts where invoice_id = '${id}'`,
    `insert into invoice_parts select '${id}', gen_random_uuid(), package_id, period_start, period_end from invoice_parts limit 1`,
    `insert into invoices (id, invoice_number, customer_id, subscription_id, period_start, period_end, amount, due_date, created_at, updated_at)
     select gen_random_uuid(), 'X', '${home.customerId}', '${home.ids[0]}', '2026-01-15', '2026-02-14', 1, '2026-01-15', created_at, created_at from invoices limit 1`,
  ])
    await assert.rejects(
      nadi.kit.pool.query(statement),
      /never deleted|does not exist|several subscriptions/,
    );
});

test('the document names whose each line is and its period; a payment from a file is refused, since it would extend nobody', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-18', months: 1 }]);
  await run(nadi);
  const { id, invoice_number: number, parts } = await onlyInvoice(nadi, home.customerId);
  for (const format of ['', '?format=receipt']) {
    const answer = await nadi.request({ url: `/api/invoices/${id}/pdf${format}` });
    const { text } = await readPdf(answer.rawPayload);
    for (const part of parts) {
      const last = Temporal.PlainDate.from(part.period_end).subtract({ days: 1 });
      for (const word of [part.package_name, `(${part.mikrotik_username})`, part.period_start, `${last}`])
        assert.ok(text.includes(word), `${word}: ${text}`);
    }
  }
  const file = Readable.from([Buffer.from(`invoice,amount,date\n${number},300000,2026-01-15\n`)]);
  const { faults } = await importPayments(nadi.kit, systemAuthor('a test'), file, { fileName: 'p.csv' });
  assert.match(faults.map(({ text }) => text.en).join(), /made for a subscription/);
  assert.equal((await onlyInvoice(nadi, home.customerId)).amount_paid, '0.00');
});
