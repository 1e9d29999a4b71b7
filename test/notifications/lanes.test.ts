import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import { alarm } from './alarms.ts';
import { addInvoices, addSetting, messagesOf, tick, toldApp } from './notification-support.ts';

const hook = (path: string) => ({ channel: 'webhook', events: ['all'], config: { url: path } });

test('one dead channel never slows the others, rests longer each time, and goes on once it is back', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addSetting(nadi, hook(`${messages.url}/dead`));
  await addSetting(nadi, hook(`${messages.url}/alive`));
  const off = messages.faults.add({ do: 'fail', status: 500, call: 'POST /dead' });
  let asked = 0;
  for (let minute = 0; minute < 30; minute += 1) {
    await alarm(nadi, { type: 'system', title: `Alarm ${minute}` });
    await tick(nadi);
    nadi.clock.advance({ minutes: 1 });
  }
  const at = (path: string) => messages.sent.filter(({ to }) => to === path).length;
  assert.deepEqual([at('/alive'), at('/dead')], [20, 0], 'twenty an hour');
  const { rows } = await nadi.kit.pool.query(
    `select sum(attempts)::integer as tries from notification_messages where state <> 'sent'`,
  );
  asked = rows[0].tries;
  assert.ok(asked >= 4 && asked <= 8, `${asked} tries in half an hour`);
  const lanes = await ok<{ data: { lane: string; error: string }[] }>(nadi, {
    url: '/api/notification-lanes',
  });
  assert.deepEqual(
    lanes.data.map(({ error }) => error),
    ['HTTP 500'],
  );
  off();
  nadi.clock.advance({ minutes: 30 });
  await tick(nadi);
  await tick(nadi);
  assert.equal(at('/dead'), at('/alive'));
});

test('mail goes on while WhatsApp is down, and what WhatsApp cannot take goes by mail', async () => {
  await using told = await toldApp({ whatsapp: true });
  const { nadi, messages } = told;
  await nadi.kit.pool.query(
    `insert into customers (id, name, email, created_at, updated_at) values (gen_random_uuid(), 'Hanya surat', 'surat@rumah.test', $1, $1)`,
    [nadi.clock.now().toString()],
  );
  await addInvoices(nadi, 5);
  messages.refusals.add({
    path: '/v23.0',
    answer: { status: 400, body: { error: { code: 131026, message: 'not on WhatsApp' } } },
    times: 2,
  });
  await tick(nadi);
  const by = (channel: string) => messages.sent.filter((message) => message.channel === channel).length;
  assert.deepEqual([by('whatsapp'), by('email')], [3, 2]);
  messages.faults.add({ do: 'reset', call: /v23/ });
  nadi.clock.advance({ hours: 1 });
  await addInvoices(nadi, 5);
  for (let minute = 0; minute < 10; minute += 1) {
    await tick(nadi);
    nadi.clock.advance({ minutes: 1 });
  }
  assert.deepEqual([by('whatsapp'), by('email')], [3, 7], 'down for good: all by mail');
});

test('429 is left in peace for as long as it says', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  const config = { bot_token: '123456:AAH-Seeded_Telegram-Token-5150', chat_id: '-100' };
  await addSetting(nadi, { channel: 'telegram', config });
  const parameters = { retry_after: 300 };
  messages.refusals.add({
    answer: {
      status: 429,
      body: { ok: false, error_code: 429, description: 'Too Many Requests', parameters },
    },
    times: 1,
  });
  await alarm(nadi, { type: 'system', title: 'Satu' });
  await tick(nadi);
  for (let minute = 1; minute <= 4; minute += 1) {
    nadi.clock.advance({ minutes: 1 });
    await tick(nadi);
  }
  assert.equal(messages.sent.length, 0);
  nadi.clock.advance({ minutes: 2 });
  await tick(nadi);
  assert.equal(messages.sent.length, 1);
});

test('an answer of 200 with an error in it is a failure, whoever gives it', async () => {
  await using told = await toldApp({ whatsapp: true });
  const { nadi, messages } = told;
  const secret = 'AAH-Seeded_Telegram-Token-5150';
  await addSetting(nadi, { channel: 'telegram', config: { bot_token: `123456:${secret}`, chat_id: '-100' } });
  await addSetting(nadi, { channel: 'slack', config: { url: `${messages.url}/services/T0/B0/x` } });
  await addSetting(nadi, { channel: 'whatsapp', config: { phone: '+6281234567890' } });
  messages.refusals.add({
    path: '/bot',
    answer: { status: 200, body: { ok: false, error_code: 400, description: 'chat not found' } },
  });
  messages.refusals.add({ path: '/services', answer: { status: 200, body: 'no_team' } });
  messages.refusals.add({
    path: '/v23.0',
    answer: { status: 200, body: { error: { code: 100, message: 'bad template' } } },
  });
  await alarm(nadi, { type: 'system', title: 'Satu' });
  await tick(nadi);
  const seen = await messagesOf(nadi);
  assert.deepEqual(seen.map(({ channel, state, error }) => [channel, state, error]).sort(), [
    ['slack', 'dead', 'HTTP 200, but not "ok"'],
    ['telegram', 'dead', 'HTTP 400: chat not found'],
    ['whatsapp', 'dead', 'WhatsApp 100: bad template'],
  ]);
  messages.refusals.clear();
  const dead = seen.find(({ channel }) => channel === 'slack');
  await ok(nadi, { method: 'POST', url: `/api/notification-messages/${dead?.id}/resend` });
  const again = await nadi.request({ method: 'POST', url: `/api/notification-messages/${dead?.id}/resend` });
  assert.equal(again.statusCode, 409);
  await nadi.drainJobs();
  const rest = await ok<{ resent: number }>(nadi, {
    method: 'POST',
    url: '/api/notification-messages/resend',
    body: {},
  });
  assert.equal(rest.resent, 2);
  await nadi.drainJobs();
  assert.deepEqual(messages.sent.map(({ channel }) => channel).sort(), ['slack', 'telegram', 'whatsapp']);
  const { rows } = await nadi.kit.pool.query('select bool_and(notification_sent) as sent from alert_logs');
  assert.equal(rows[0].sent, true);
  assert.ok(!nadi.logged().includes(secret), 'no token in the log');
});

test('a mailbox that does not exist is a dead letter; a busy server is asked again', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 2);
  messages.mailFaults.add({ do: 'refuse', code: 550, times: 1 });
  await tick(nadi);
  const states = async () => (await messagesOf(nadi)).map(({ state }) => state).sort();
  assert.deepEqual(await states(), ['dead', 'sent']);
  nadi.clock.advance({ hours: 1 });
  await addInvoices(nadi, 1);
  messages.mailFaults.add({ do: 'refuse', code: 451, times: 1 });
  await tick(nadi);
  assert.deepEqual(await states(), ['dead', 'sent', 'waiting']);
  nadi.clock.advance({ minutes: 1 });
  await tick(nadi);
  assert.deepEqual(await states(), ['dead', 'sent', 'sent']);
  messages.mailFaults.add({ do: 'busy', times: 1 });
  nadi.clock.advance({ hours: 1 });
  await addInvoices(nadi, 3);
  await tick(nadi);
  nadi.clock.advance({ minutes: 1 });
  await tick(nadi);
  assert.equal((await states()).filter((state) => state === 'sent').length, 5);
});

test('an address that is none stops nobody else', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 6);
  const bad = ['bukan alamat', 'a@b@c', '<>', 'x@y.test, z@y.test\r\nBcc: z@y.test'];
  for (const [at, email] of bad.entries()) {
    await nadi.kit.pool.query(`update customers set email = $1 where name = $2`, [
      email,
      `Pelanggan ${at + 1}`,
    ]);
  }
  await tick(nadi);
  assert.deepEqual(messages.sent.map(({ to }) => to).sort(), ['p5@rumah.test', 'p6@rumah.test']);
  const states = (await messagesOf(nadi)).map(({ state }) => state);
  assert.deepEqual(states.sort(), ['dead', 'dead', 'dead', 'dead', 'sent', 'sent']);
});
