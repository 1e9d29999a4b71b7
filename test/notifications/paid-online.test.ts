import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noticeAll, sendLane } from '../../server/modules/notifications/index.ts';
import { ok } from '../support/provider.ts';
import { addInvoices, tick, toldApp } from './notification-support.ts';

test('where an invoice can be paid online, its message says where; of others the line is not there', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 2);
  await noticeAll(nadi.kit);
  const asked: string[] = [];
  const paymentUrlsOf = async (_: unknown, ids: readonly string[]) => {
    asked.push(...ids);
    return new Map(ids.slice(0, 1).map((id) => [id, 'https://bayar.test/a?b=1&c=2']));
  };
  await sendLane(nadi.kit, { paymentUrlsOf }, 'email', new AbortController().signal);
  assert.equal(asked.length, 2);
  const lines = messages.sent.map(({ text }) =>
    text.split('\n').filter((line) => line.startsWith('Bayar di sini')),
  );
  assert.deepEqual(lines.flat(), ['Bayar di sini: https://bayar.test/a?b=1&c=2']);
});

test('in read-only mode nothing is sent, and all of it afterwards', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 2);
  const setTo = (on: boolean) =>
    ok(nadi, {
      method: 'PUT',
      url: '/api/system/read-only',
      body: { read_only: on, reason: on ? 'pindah' : null },
    });
  await setTo(true);
  await tick(nadi);
  assert.equal(messages.sent.length, 0);
  await setTo(false);
  await tick(nadi);
  assert.equal(messages.sent.length, 2);
});
