import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { mayGoTo } from '../../server/modules/notifications/channels/targets.ts';
import { filled, internationalNumber, isQuiet, rupiah } from '../../server/modules/notifications/rules.ts';
import { ok } from '../support/provider.ts';
import { alarm } from './alarms.ts';
import { addInvoices, addSetting, messagesOf, tick, toldApp } from './notification-support.ts';

const nasty = '<b>*_[x](http://evil)`</b> <!channel> & {{amount}}\r\nBcc: evil@x.test';

test('nothing in a text is read as formatting, a mention, a variable or a header, on any channel', async () => {
  await using told = await toldApp({ whatsapp: true });
  const { nadi, messages } = told;
  await addSetting(nadi, {
    channel: 'telegram',
    config: { bot_token: '123456:AAH-Seeded_Telegram-Token-5150', chat_id: '-100' },
  });
  await addSetting(nadi, { channel: 'slack', config: { url: `${messages.url}/services/T0/B0/x` } });
  await addSetting(nadi, { channel: 'email', config: { email: 'noc@sinar.test' } });
  await addSetting(nadi, { channel: 'whatsapp', config: { phone: '0812 3456 7890' } });
  await alarm(nadi, { type: 'system', title: nasty, message: `${nasty}\n${'x'.repeat(5000)}😀` });
  await tick(nadi);
  const by = new Map(messages.sent.map((message) => [message.channel, message]));
  assert.equal(by.size, 4, JSON.stringify(await messagesOf(nadi)));
  const telegram = JSON.parse(by.get('telegram')?.body ?? '{}');
  assert.equal(telegram.parse_mode, undefined);
  assert.ok(telegram.text.startsWith(`🔴 ${nasty.split('\r')[0]}`) && telegram.text.length <= 4096);
  const slack = JSON.parse(by.get('slack')?.body ?? '{}');
  assert.equal(slack.mrkdwn, false);
  assert.ok(!/[<>]/.test(slack.text) && slack.text.includes('&lt;!channel&gt; &amp; {{amount}}'));
  assert.equal(by.get('email')?.headers.bcc, undefined);
  assert.match(String(by.get('email')?.headers.subject), /^(=\?UTF-8|🔴)/);
  assert.equal(by.get('whatsapp')?.to, '6281234567890');
});

test('a webhook is signed over time and body, carries the same id again, and follows nobody', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  const secret = 'Rahasia-Tanda-Tangan-1';
  await addSetting(nadi, { channel: 'webhook', config: { url: `${messages.url}/hook`, secret } });
  messages.faults.add({ do: 'fail', status: 502, when: 'after', times: 1 });
  await alarm(nadi, { type: 'system', title: 'Satu', meta: { a: 1 } });
  await tick(nadi);
  nadi.clock.advance({ minutes: 1 });
  await tick(nadi);
  assert.equal(messages.sent.length, 2);
  for (const { headers, body } of messages.sent) {
    const [, at = '', signature = ''] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['nadi-signature'])) ?? [];
    assert.equal(signature, createHmac('sha256', secret).update(`${at}.${body}`).digest('hex'));
    assert.ok(Number(at) >= 1768446000);
    assert.equal(JSON.parse(body).id, headers['nadi-message-id']);
    assert.deepEqual(JSON.parse(body).data.alerts[0].meta, { a: 1 });
  }
  assert.equal(new Set(messages.sent.map(({ headers }) => headers['nadi-message-id'])).size, 1);
  let followed = 0;
  const server = createServer((request, response) => {
    if (request.url === '/inside') followed += 1;
    response.writeHead(307, { location: '/inside' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const id = await addSetting(nadi, { channel: 'webhook', config: { url: `http://127.0.0.1:${port}/` } });
  const answer = await ok<{ success: boolean; message: string }>(nadi, {
    method: 'POST',
    url: `/api/notification-settings/${id}/test`,
  });
  assert.deepEqual(answer, { success: false, message: 'It was not taken: HTTP 307.' });
  assert.equal(followed, 0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('a webhook goes to no machine of ours: not by address, not by name, not in disguise', async () => {
  await using told = await toldApp({ env: { WEBHOOK_PRIVATE_TARGETS: 'false' } });
  const { nadi, messages } = told;
  const { port } = new URL(messages.url);
  const hosts = [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '0',
    '169.254.169.254',
  ];
  for (const host of hosts) {
    const id = await addSetting(nadi, { channel: 'webhook', config: { url: `http://${host}:${port}/hook` } });
    const answer = await ok<{ success: boolean; message: string }>(nadi, {
      method: 'POST',
      url: `/api/notification-settings/${id}/test`,
    });
    assert.equal(answer.success, false, host);
    assert.match(answer.message, /WEBHOOK_PRIVATE_TARGETS|ENOTFOUND|EAI_AGAIN/, host);
  }
  assert.equal(messages.count(), 0);
  for (const address of ['169.254.169.254', '::', 'fe80::1', 'fd00:ec2::254', '0.0.0.0', '::ffff:a9fe:a9fe'])
    assert.equal(mayGoTo(address, true), false, address);
  for (const address of [
    '10.0.0.1',
    '192.168.88.1',
    '100.64.0.1',
    'fc00::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
  ])
    assert.deepEqual([mayGoTo(address, false), mayGoTo(address, true)], [false, true], address);
  for (const address of ['203.0.114.1', '8.8.8.8', '2606:4700::1111'])
    assert.equal(mayGoTo(address, false), true, address);
});

test('complaint 17: WhatsApp is told by the official Cloud API alone, with approved templates', async () => {
  await using told = await toldApp({ whatsapp: true });
  const { nadi, messages } = told;
  await addInvoices(nadi, 1);
  await tick(nadi);
  const [message] = messages.sent;
  assert.equal(message?.headers.authorization, 'Bearer EAAtest-access-token');
  const body = JSON.parse(message?.body ?? '{}');
  assert.equal(body.to, '6281234500001');
  assert.equal(body.template.name, 'nadi_invoice_issued');
  assert.deepEqual(body.template.language, { code: 'id' });
  const texts = body.template.components[0].parameters.map(({ text }: { text: string }) => text);
  assert.deepEqual(
    [texts[0], texts[2], texts[3], texts[4]],
    ['Pelanggan 1', 'Rp 150.000', '25 Januari 2026', '-'],
    'what is empty is a dash: an approved text has a place for each',
  );
});

test('numbers as people write them, quiet hours over midnight, amounts, and lines that go', () => {
  const numbers: readonly (readonly [string, string | undefined])[] = [
    ['0812-3456-7890', '6281234567890'],
    ['+62 812 3456 7890', '6281234567890'],
    ['62812 3456 7890', '6281234567890'],
    ['+62 0812 3456 7890', '6281234567890'],
    ['81234567890', '6281234567890'],
    ['0062 812 3456 7890', '6281234567890'],
    ['+1 (202) 555-0143', '12025550143'],
    ['123', undefined],
    ['', undefined],
    ['abc', undefined],
    ['0812345678901234567', undefined],
  ];
  for (const [given, wanted] of numbers) assert.equal(internationalNumber(given), wanted, given);
  const quiet = ['20:59:59', '21:00:00', '23:59:59', '00:00:00', '06:59:59', '07:00:00'].map((time) =>
    isQuiet(time, '21:00:00', '07:00'),
  );
  assert.deepEqual(quiet, [false, true, true, true, true, false]);
  assert.deepEqual(['150000.00', '1234567.50', '0.00', '999.00'].map(rupiah), [
    'Rp 150.000',
    'Rp 1.234.567,50',
    'Rp 0',
    'Rp 999',
  ]);
  assert.equal(
    filled('a\n\nPay: {{url}}\n\nb {{name}}', { url: '', name: '{{url}} $& $1' }),
    'a\n\nb {{url}} $& $1',
  );
});
