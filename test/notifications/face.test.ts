import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import {
  listInbox,
  queueMessage,
  readInbox,
  readInboxMessage,
  setPreferences,
  showPreferences,
} from '../../server/modules/notifications/index.ts';
import { goTo, invoicesOf, ok } from '../support/provider.ts';
import { addInvoices, addSetting, messagesOf, reachable, tick, toldApp } from './notification-support.ts';

test('a template says it otherwise, knows its variables alone, and shows what it looks like', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  const url = '/api/notification-templates';
  const place = { event: 'invoice_issued', channel: 'email', language: 'id' };
  const preview = (body: object) =>
    nadi.request({ method: 'POST', url: `${url}/preview`, body: { ...place, ...body } });
  const shown = await preview({
    subject: '{{ amount }}',
    body: '{{customer_name}}: {{due_date}}\n{{pay_url}}',
  });
  assert.deepEqual(shown.json(), {
    subject: 'Rp 150.000',
    body: 'Budi Santoso: 22 Januari 2026\nhttps://bayar.example/INV-20260115-0001',
  });
  for (const body of ['{{constructor}}', '{{code}}', '{{amount.x}}', '{{}}', '{{7*7}}', '{{__proto__}}']) {
    const refused = await preview({ body });
    assert.equal(refused.statusCode, 422, body);
    const [why] = refused.json<{ errors: Record<string, string[]> }>().errors.body ?? [];
    assert.ok(
      why?.includes(body) && why.includes('{{amount}}') && why.includes('{{how_to_pay}}'),
      refused.body,
    );
  }
  const { id } = await ok(nadi, {
    method: 'POST',
    url,
    body: { ...place, subject: 'Halo', body: 'Bayar {{amount}} ya' },
  });
  assert.equal((await nadi.request({ method: 'POST', url, body: { ...place, body: 'x' } })).statusCode, 422);
  await addInvoices(nadi, 1);
  await tick(nadi);
  assert.equal(messages.sent[0]?.text, 'Bayar Rp 150.000 ya');
  await ok(nadi, { method: 'DELETE', url: `${url}/${id}` });
  const events = await ok<{ data: { event: string; variables: string[] }[] }>(nadi, {
    url: '/api/notification-events',
  });
  assert.equal(events.data.length, 11);
  const audit = await ok<{ total: number }>(nadi, {
    url: '/api/audit-logs?action=notification_template.created',
  });
  assert.equal(audit.total, 1);
});

test('secrets of a setting are sealed, never shown, and stay out of the audit log', async () => {
  await using told = await toldApp();
  const { nadi } = told;
  const token = '123456:AAH-Seeded_Telegram-Token-5150';
  const id = await addSetting(nadi, { channel: 'telegram', config: { bot_token: token, chat_id: '-100' } });
  const url = `/api/notification-settings/${id}`;
  const seen = await ok<Record<string, unknown>>(nadi, { url });
  assert.deepEqual([seen.config, seen.has_credentials], [{ chat_id: '-100' }, true]);
  await ok(nadi, { method: 'PUT', url, body: { config: { bot_token: `${token}x`, chat_id: '-100' } } });
  await ok(nadi, { method: 'DELETE', url });
  const { rows } = await nadi.kit.pool.query(
    `select action, old_values, new_values from audit_logs where action like 'notification%' order by id`,
  );
  assert.equal(rows.length, 3);
  assert.ok(!JSON.stringify(rows).includes('Seeded') && !nadi.logged().includes('Seeded'));
  const refused = [
    { channel: 'email', config: {} },
    { channel: 'email', config: { email: 'a@b.test', chat_id: '1' } },
    { channel: 'webhook', config: { url: 'ftp://x.test' } },
    { channel: 'webhook', config: { url: 'https://x.test' }, quiet_from: '21:00' },
    { channel: 'sms', config: {} },
  ];
  for (const body of refused) {
    const answer = await nadi.request({
      method: 'POST',
      url: '/api/notification-settings',
      body: { events: ['all'], ...body },
    });
    assert.equal(answer.statusCode, 422, JSON.stringify(body));
  }
});

test('a customer is told by the wished channel and in the wished language, and not of what is not wished', async () => {
  await using told = await toldApp({ whatsapp: true });
  const { nadi, messages } = told;
  await addInvoices(nadi, 3);
  const { data } = await ok<{ data: { id: string; name: string }[] }>(nadi, { url: '/api/customers' });
  const [a, b, c] = data.sort((one, other) => one.name.localeCompare(other.name)).map(({ id }) => id);
  const wish = (id: string | undefined, body: object) =>
    ok(nadi, { method: 'PUT', url: `/api/customers/${id}/notification-preferences`, body });
  await wish(a, { channels: ['email'], language: 'en' });
  await wish(b, { muted: ['invoice_issued'] });
  await setPreferences(nadi.kit, systemAuthor('portal'), c ?? '', { channels: [] });
  assert.deepEqual(await showPreferences(nadi.kit.db, c ?? ''), { channels: [], language: null, muted: [] });
  const coded = await nadi.request({
    method: 'PUT',
    url: `/api/customers/${a}/notification-preferences`,
    body: { muted: ['sign_in_code'] },
  });
  assert.equal(coded.statusCode, 422, 'codes are for safety');
  await tick(nadi);
  assert.deepEqual(
    messages.sent.map(({ channel, headers }) => [channel, headers.subject]),
    [['email', messages.sent[0]?.headers.subject]],
  );
  assert.match(
    messages.sent[0]?.text ?? '',
    /^Hello Pelanggan 1,\n\nInvoice .* of Rp 150\.000 is ready\. Please pay by 25 January 2026\./,
  );
  const page = { page: 1, per_page: 20 };
  const inbox = await listInbox(nadi.kit.db, c ?? '', page);
  assert.match(inbox.rows[0]?.body ?? '', /^Halo Pelanggan 3,\n\nTagihan .* sebesar Rp 150\.000/);
  assert.equal((await listInbox(nadi.kit.db, b ?? '', page)).rows.length, 0);
  assert.equal(
    (await listInbox(nadi.kit.db, a ?? '', page)).rows.length,
    1,
    'what went by mail is there, too',
  );
  const id = inbox.rows[0]?.id ?? '';
  assert.equal(await readInboxMessage(nadi.kit, b ?? '', id), false, 'nobody else’s');
  assert.equal(await readInboxMessage(nadi.kit, c ?? '', id), true);
  assert.equal(await readInboxMessage(nadi.kit, c ?? '', id), true, 'twice');
  assert.equal((await listInbox(nadi.kit.db, c ?? '', { ...page, unread: true })).rows.length, 0);
  assert.deepEqual([await readInbox(nadi.kit, a ?? ''), await readInbox(nadi.kit, a ?? '')], [1, 0]);
});

test('a code goes out at once, at night, before all others; it is kept nowhere and not sent too late', async () => {
  await using told = await toldApp({ whatsapp: true });
  const { nadi, messages } = told;
  nadi.clock.set('2026-01-15T17:00:00Z');
  const send = (channel: 'email' | 'whatsapp', address: string) =>
    inTransaction(nadi.kit.db, (tx) =>
      queueMessage(nadi.kit, tx, {
        event: 'sign_in_code',
        channel,
        address,
        customerId: null,
        language: 'id',
        vars: { code: '987650', minutes: '10' },
        expiresAt: nadi.clock.now().add({ minutes: 10 }),
      }),
    );
  await send('email', 'budi@rumah.test');
  await send('whatsapp', '0812 3456 7890');
  const waiting = await nadi.kit.pool.query('select * from notification_messages');
  assert.ok(!JSON.stringify(waiting.rows).includes('987650'));
  await nadi.drainJobs();
  const [mail, whatsapp] = [...messages.sent].sort((one, other) => one.channel.localeCompare(other.channel));
  assert.match(mail?.text ?? '', /^Kode Anda: 987650\. Berlaku sekali, selama 10 menit\./);
  const parts = JSON.parse(whatsapp?.body ?? '{}').template.components;
  assert.deepEqual(
    parts.map(({ type, parameters }: { type: string; parameters: { text: string }[] }) => [
      type,
      parameters[0]?.text,
    ]),
    [
      ['body', '987650'],
      ['button', '987650'],
    ],
  );
  messages.mailFaults.add({ do: 'busy' });
  await send('email', 'siti@rumah.test');
  await nadi.drainJobs();
  messages.mailFaults.clear();
  nadi.clock.advance({ minutes: 10 });
  await tick(nadi);
  const outcomes = (await messagesOf(nadi)).map(({ state, error, body }) => [state, error, body].join());
  assert.deepEqual(outcomes.sort(), ['dropped,expired,', 'sent,,', 'sent,,']);
  const kept = await nadi.kit.pool.query(
    'select count(sealed)::integer as sealed from notification_messages',
  );
  assert.equal(kept.rows[0].sealed, 0);
});

test('who is reminded: 7, 3, 1 days before, on the day and after, but nobody who has paid', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 1, '2026-01-25');
  const days: string[] = [];
  for (let day = 15; day <= 31; day += 1) {
    goTo(nadi, `2026-01-${day}`);
    const before = messages.sent.length;
    if (day !== 24) await tick(nadi);
    for (const { headers } of messages.sent.slice(before)) days.push(`${day} ${headers.subject}`);
  }
  assert.deepEqual(days, [
    `15 ${messages.sent[0]?.headers.subject}`,
    '18 Pengingat: Rp 150.000 jatuh tempo 25 Januari 2026',
    '22 Pengingat: Rp 150.000 jatuh tempo 25 Januari 2026',
    '25 Jatuh tempo hari ini: Rp 150.000',
    '26 Belum dibayar: Rp 150.000',
    '28 Belum dibayar: Rp 150.000',
  ]);
  // Queued in the night, paid before the morning.
  const { subscriptionId } = await reachable(nadi, { email: 'budi@rumah.test' });
  goTo(nadi, '2026-01-31');
  await nadi.edition.runBilling();
  nadi.clock.set('2026-01-31T17:00:00Z');
  await tick(nadi);
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  await ok(nadi, { method: 'POST', url: `/api/invoices/${invoice?.id}/mark-paid` });
  await tick(nadi);
  goTo(nadi, '2026-02-01');
  await tick(nadi);
  const toBudi = messages.sent
    .filter(({ to }) => to === 'budi@rumah.test')
    .map(({ headers }) => String(headers.subject));
  assert.ok(
    toBudi.every((subject) => /^(Pembayaran|Tagihan)/.test(subject)),
    toBudi.join(),
  );
});

test('the text of what was sent is kept for some days and then gone, and no customer’s stays when anonymised', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 2);
  await tick(nadi);
  assert.equal(messages.sent.length, 2);
  const texts = async () => (await messagesOf(nadi)).filter(({ body }) => body !== null).length;
  const { data } = await ok<{ data: { id: string }[] }>(nadi, { url: '/api/customers' });
  await ok(nadi, { method: 'POST', url: `/api/customers/${data[0]?.id}/anonymise` });
  assert.equal(await texts(), 1);
  const forget = async () => {
    await nadi.kit.pool.query(`select graphile_worker.add_job('notifications.forget')`);
    await nadi.drainJobs();
  };
  nadi.clock.advance({ hours: 29 * 24 });
  await forget();
  assert.equal(await texts(), 1);
  nadi.clock.advance({ hours: 25 });
  await forget();
  assert.equal(await texts(), 0);
  assert.equal((await messagesOf(nadi)).length, 2);
  const { rows } = await nadi.kit.pool.query(
    `select count(*)::integer as kept from notification_messages where vars <> '{}' or address is not null`,
  );
  assert.equal(rows[0].kept, 0);
});
