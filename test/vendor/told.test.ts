import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMessages } from '#simulators';
import { addSetting, environmentOf, tick } from '../notifications/notification-support.ts';
import { wholeVendor } from './whole-vendor.ts';

const token = '123456:AAH-Seeded_Telegram-Token-5150';

test('the vendor’s staff are told by their own channels before signatures end', async () => {
  await using messages = await startMessages();
  await using nadi = await wholeVendor({ env: environmentOf(messages) });
  const config = { bot_token: token, chat_id: '-100' };
  await addSetting(nadi, { channel: 'telegram', config, events: ['update'] });
  await tick(nadi);
  await nadi.watch(119);
  await tick(nadi);
  const before = messages.sent.length;
  await nadi.watch(2);
  await tick(nadi);
  assert.equal(messages.sent.length, before + 1);
  assert.match(JSON.stringify(messages.sent.at(-1)), /targets\.json dipercaya sampai 2026-07-14/);
  await nadi.sign();
  await nadi.watch(60);
  await tick(nadi);
  assert.equal(messages.sent.length, before + 1);
});

test('where the server cannot sign what it has to, people are told before anybody feels it', async () => {
  await using nadi = await wholeVendor();
  const alerts = async () =>
    (await nadi.kit.pool.query("select severity, message from alert_logs where type = 'update' order by id"))
      .rows;
  // As with another APP_KEY than the one it was sealed with.
  await nadi.kit.pool.query("update trust_keys set sealed_key = 'x'");
  await assert.rejects(nadi.watch(1.5));
  assert.deepEqual(await alerts(), []);
  await assert.rejects(nadi.watch(0.75));
  await assert.rejects(nadi.watch());
  const [first, ...others] = await alerts();
  assert.deepEqual(others, []);
  assert.equal(first?.severity, 'critical');
  assert.match(first?.message, /^timestamp\.json dipercaya sampai 2026-01-18, dan server ini gagal/);
  await assert.rejects(nadi.watch(1));
  assert.match((await alerts()).at(-1)?.message, /tidak ada instalasi yang menerima pembaruan/);
});
