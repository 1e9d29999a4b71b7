import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestApp } from '../support/test-app.ts';
import { alarm } from './alarms.ts';
import { addInvoices, addSetting, type Told, tick, toldApp } from './notification-support.ts';

/** Somebody who is told of everything, after the usual time for what belongs together. */
async function listening(body: object = {}): Promise<Told> {
  const told = await toldApp();
  const config = { bot_token: '123456:AAH-Seeded_Telegram-Token-5150', chat_id: '-100' };
  await addSetting(told.nadi, { channel: 'telegram', config, digest_seconds: 60, ...body });
  return told;
}

/** So many minutes pass, with what the worker does in each. */
async function minutes(nadi: TestApp, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    nadi.clock.advance({ minutes: 1 });
    await tick(nadi);
  }
}

const routers = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, at) => ({ router: `R${String(at + 1).padStart(3, '0')}`, ...more }));

test('complaint 16: a hundred routers down are one message; a parent down does not flood with its children; duplicates are told once', async () => {
  await using told = await listening();
  const { nadi, messages } = told;
  await alarm(nadi, ...routers(100));
  await minutes(nadi, 10);
  assert.equal(messages.sent.length, 1);
  const text = messages.sent[0]?.text ?? '';
  assert.match(text, /^🔴 100 perangkat mati/);
  assert.equal(text.split('\n').length, 13, 'ten names, and how many more');
  assert.match(text, /… dan 90 lagi$/);
  // The same again, as a monitor that starts anew finds it: nothing new.
  await alarm(nadi, ...routers(100));
  await minutes(nadi, 5);
  assert.equal(messages.sent.length, 1);
  await alarm(nadi, ...routers(100, { type: 'device_up' }));
  await minutes(nadi, 5);
  assert.equal(messages.sent.length, 2);
  assert.match(messages.sent[1]?.text ?? '', /^🔵 100 perangkat hidup lagi/);
  // Children first, as it often is found; the switch they stand behind half a minute later.
  nadi.clock.advance({ hours: 1 });
  await alarm(nadi, ...routers(50, { behind: 'INTI' }));
  nadi.clock.advance({ seconds: 30 });
  await alarm(nadi, { router: 'INTI', title: 'INTI' });
  await minutes(nadi, 10);
  assert.equal(messages.sent.length, 3);
  assert.equal(messages.sent[2]?.text, '🔴 INTI\n\nmati (+ 50 perangkat di belakangnya)');
  // It comes back with all but one behind it, and that one is then told of.
  await alarm(nadi, { router: 'INTI', title: 'INTI', type: 'device_up' });
  nadi.clock.advance({ seconds: 30 });
  await alarm(nadi, ...routers(50, { behind: 'INTI', type: 'device_up' }).slice(1));
  await minutes(nadi, 10);
  assert.deepEqual(
    messages.sent.slice(3).map(({ text: told }) => told),
    ['🔵 INTI\n\nhidup lagi', '🔴 R001\n\nmati'],
  );
});

test('what goes up and down all the time is told three times in half an hour, and then what became of it', async () => {
  await using told = await listening();
  const { nadi, messages } = told;
  for (let round = 0; round < 15; round += 1) {
    await alarm(nadi, { router: 'GOYANG' });
    await minutes(nadi, 1);
    await alarm(nadi, { router: 'GOYANG', type: 'device_up' });
    await minutes(nadi, 1);
  }
  assert.ok(messages.sent.length <= 4, `${messages.sent.length} in half an hour`);
  await alarm(nadi, { router: 'GOYANG' });
  await minutes(nadi, 40);
  assert.match(messages.sent.at(-1)?.text ?? '', /mati$/, 'how it is in the end');
  const count = messages.sent.length;
  await minutes(nadi, 60);
  assert.equal(messages.sent.length, count);
});

test('what was up again before anybody heard that it was down is told to nobody', async () => {
  await using told = await listening();
  const { nadi, messages } = told;
  await alarm(nadi, { router: 'KEDIP' });
  nadi.clock.advance({ seconds: 5 });
  await alarm(nadi, { router: 'KEDIP', type: 'device_up' });
  await minutes(nadi, 5);
  assert.equal(messages.sent.length, 0);
});

test('more than may be sent in an hour becomes one message, and nothing is lost', async () => {
  await using told = await listening({ max_per_hour: 3, digest_seconds: 0 });
  const { nadi, messages } = told;
  for (let minute = 0; minute < 30; minute += 1) {
    await alarm(nadi, { type: 'system', title: `Alarm ${minute}`, severity: 'warning' });
    await minutes(nadi, 1);
  }
  assert.equal(messages.sent.length, 3);
  await minutes(nadi, 45);
  assert.equal(messages.sent.length, 4);
  assert.match(messages.sent[3]?.text ?? '', /^🟠 27 pemberitahuan sistem/);
});

test('in quiet hours only what is critical is told; the rest waits for the morning', async () => {
  await using told = await listening({ quiet_from: '22:00', quiet_to: '06:00' });
  const { nadi, messages } = told;
  nadi.clock.set('2026-01-15T16:00:00Z');
  await alarm(
    nadi,
    { type: 'system', title: 'Penuh', severity: 'warning', message: 'Disk 80 %' },
    { router: 'MATI' },
  );
  await minutes(nadi, 5);
  assert.deepEqual(
    messages.sent.map(({ text }) => text),
    ['🔴 MATI\n\nmati'],
  );
  nadi.clock.set('2026-01-15T23:00:00Z');
  await minutes(nadi, 2);
  assert.equal(messages.sent[1]?.text, '🟠 Penuh\n\nDisk 80 %');
});

test('customers are not woken; five hundred invoices are one line to staff', async () => {
  await using told = await listening({ events: ['invoice_issued'] });
  const { nadi, messages } = told;
  nadi.clock.set('2026-01-15T15:00:00Z');
  await addInvoices(nadi, 500);
  await minutes(nadi, 3);
  assert.deepEqual(
    messages.sent.map(({ channel, text }) => [channel, text.split('\n')[0]]),
    [['telegram', '🔵 500 tagihan terbit, Rp 75.000.000']],
  );
  nadi.clock.set('2026-01-16T00:01:00Z');
  await tick(nadi);
  assert.equal(messages.sent.filter(({ channel }) => channel === 'email').length, 500);
});
