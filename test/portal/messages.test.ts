import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addCustomerToken } from '../contract/portal-world.ts';
import { addSetting, messagesOf, tick } from '../notifications/notification-support.ts';
import { ok } from '../support/provider.ts';
import { addCustomer, codeFor, codeIn, portalApp, post, signedIn } from './portal-support.ts';

const nadi = await portalApp({ whatsapp: true });
after(() => nadi[Symbol.asyncDispose]());
const { sent, mailFaults } = nadi.messages;
const newest = () => sent.at(-1);
const as = (token: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: object) =>
  nadi.request({ token, method, url: `/api/portal${url}`, ...(body ? { body } : {}) });

test('a code goes to a phone by WhatsApp, at night, and signs in whoever has it', async () => {
  const id = await addCustomer(nadi, { email: null, phone: '0812-7777-0001' });
  nadi.clock.set('2026-01-16T17:00:00Z');
  const token = await signedIn(nadi, '0812 7777 0001');
  assert.deepEqual([newest()?.channel, newest()?.to], ['whatsapp', '6281277770001']);
  assert.equal((await as(token, 'GET', '/me')).json().id, id);
  const [message] = (await messagesOf(nadi, `&customer_id=${id}`)).map(({ state, body }) => [state, body]);
  assert.deepEqual(message, ['sent', null]);
  await as(token, 'POST', '/me/contact', { phone: '+62 812 7777 0002' });
  await nadi.drainJobs();
  assert.equal(newest()?.to, '6281277770002');
  const taken = await as(token, 'POST', '/me/contact/confirm', { code: codeIn(newest()) });
  assert.equal(taken.json().phone, '+6281277770002');
});

test('whoever has a phone alone is invited by WhatsApp, in the language they chose', async () => {
  nadi.clock.set('2026-01-17T03:00:00Z');
  const id = await addCustomer(nadi, { name: 'Pak Joko', email: null, phone: '081277770003' });
  const preferences = `/api/customers/${id}/notification-preferences`;
  await ok(nadi, { method: 'PUT', url: preferences, body: { language: 'en' } });
  await ok(nadi, { method: 'POST', url: `/api/customers/${id}/portal-invitation` });
  await nadi.drainJobs();
  assert.match(newest()?.text ?? '', /^nadi_portal_invited\|Pak Joko\|http.*\/portal\|\+6281277770003\|/);
  assert.equal(JSON.parse(newest()?.body ?? '{}').template.language.code, 'en');
});

test('where nothing goes to phones or by mail the answer is the same, and the log says why without the code', async () => {
  await using mute = await portalApp({ env: { MAIL_HOST: '' } });
  for (const [known, unknown] of [
    ['081355556666', '081300000000'],
    ['bisu@rumah.test', 'entah@rumah.test'],
  ]) {
    await addCustomer(mute, { email: 'bisu@rumah.test', phone: '081355556666' });
    const [one, other] = [
      await post(mute, '/api/portal/sign-in/code', { login: known }),
      await post(mute, '/api/portal/sign-in/code', { login: unknown }),
    ];
    assert.deepEqual([one.statusCode, one.body], [other.statusCode, other.body]);
  }
  await mute.drainJobs();
  assert.match(mute.logged(), /set WHATSAPP_ACCESS_TOKEN/);
  assert.match(mute.logged(), /set MAIL_HOST/);
  assert.ok(!mute.logged().includes('81355556666') && !/\D\d{6}\D/.test(warnings(mute.logged())));
  const { rows } = await mute.kit.pool.query('select from notification_messages');
  assert.equal(rows.length, 0);
});

const warnings = (log: string) => (log.match(/"msg":"a message of the portal[^"]*"/g) ?? []).join();

test('of two codes asked for while the mail server is away, the newer alone is sent, and none to another is lost', async () => {
  await addCustomer(nadi, { email: 'dua@rumah.test' });
  await addCustomer(nadi, { email: 'lain@rumah.test' });
  mailFaults.add({ do: 'busy' });
  for (const login of ['dua@rumah.test', 'lain@rumah.test', 'dua@rumah.test']) {
    assert.equal(await codeFor(nadi, login), undefined);
    nadi.clock.advance({ seconds: 61 });
  }
  mailFaults.clear();
  const before = sent.length;
  nadi.clock.advance({ minutes: 2 });
  await tick(nadi);
  const after = sent.slice(before);
  assert.deepEqual(after.map(({ to }) => to).sort(), ['dua@rumah.test', 'lain@rumah.test']);
  const code = codeIn(after.find(({ to }) => to === 'dua@rumah.test'));
  const answer = await post(nadi, '/api/portal/sign-in', { login: 'dua@rumah.test', code });
  assert.equal(answer.statusCode, 200, answer.body);
  const { rows } = await nadi.kit.pool.query(
    `select count(*)::integer as n, count(sealed)::integer as sealed from notification_messages where error = 'replaced'`,
  );
  assert.deepEqual(rows, [{ n: 1, sealed: 0 }]);
});

test('the language is one, wherever it is set, and every change of a wish is in the log', async () => {
  const id = await addCustomer(nadi, { email: 'bahasa@rumah.test' });
  const token = await addCustomerToken(nadi, id, 'bahasa@rumah.test');
  const office = `/api/customers/${id}/notification-preferences`;
  const languages = async () => [
    (await as(token, 'GET', '/me')).json().language,
    (await as(token, 'GET', '/preferences')).json().language,
    (await ok<{ language: string }>(nadi, { url: office })).language,
  ];
  assert.deepEqual(await languages(), [null, null, null]);
  await as(token, 'PUT', '/me', { language: 'en' });
  assert.deepEqual(await languages(), ['en', 'en', 'en']);
  const wishes = { channels: ['email'], muted: ['invoice_issued'], language: 'id' };
  assert.deepEqual((await as(token, 'PUT', '/preferences', wishes)).json(), wishes);
  assert.deepEqual(await languages(), ['id', 'id', 'id']);
  await ok(nadi, { method: 'PUT', url: office, body: { language: 'en' } });
  assert.deepEqual(await languages(), ['en', 'en', 'en']);
  assert.deepEqual((await as(token, 'GET', '/preferences')).json().muted, ['invoice_issued']);
  assert.equal((await as(token, 'PUT', '/preferences', { muted: ['sign_in_code'] })).statusCode, 422);
  const log = await nadi.request({
    url: `/api/audit-logs?action=notification_preferences.updated&subject_id=${id}`,
  });
  assert.equal(log.json().data.length, 3);
  await ok(nadi, { method: 'PUT', url: `/api/customers/${id}`, body: { status: 'inactive' } });
  assert.equal((await as(token, 'PUT', '/preferences', { muted: [] })).json().code, 'customer_inactive');
});

test('a customer reads what they were told of a ticket’s answer, one or all; staff hear who wrote, not what', async () => {
  const hook = await addSetting(nadi, {
    channel: 'slack',
    config: { url: `${nadi.messages.url}/services/T/B/x` },
  });
  const id = await addCustomer(nadi, { name: 'Ibu Wati', email: 'wati@rumah.test' });
  const token = await addCustomerToken(nadi, id, 'wati@rumah.test');
  const ticket = (
    await as(token, 'POST', '/tickets', { subject: 'Lampu merah', body: 'rahasia keluarga' })
  ).json();
  await nadi.drainJobs();
  const slack = sent.filter(({ channel }) => channel === 'slack');
  assert.equal(slack.length, 1);
  assert.match(slack[0]?.text ?? '', /Tiket baru[\s\S]*Ibu Wati/);
  assert.ok(!slack[0]?.text.includes('rahasia'));
  for (const body of ['Kami datang.', 'Jam tiga.']) {
    await ok(nadi, { method: 'POST', url: `/api/tickets/${ticket.id}/replies`, body: { body } });
    await nadi.drainJobs();
  }
  const mails = sent.filter(({ to }) => to === 'wati@rumah.test');
  assert.equal(mails.length, 2);
  assert.match(mails[0]?.text ?? '', /^Halo Ibu Wati,\n\nKami sudah menjawab tiket Anda, "Lampu merah"/);
  assert.ok(!mails[0]?.text.includes('Kami datang'));
  const list = async (query = '') => (await as(token, 'GET', `/messages${query}`)).json().data;
  const [first] = await list();
  assert.deepEqual(
    [first.event, first.subject, first.read_at],
    ['ticket_replied', 'Jawaban: Lampu merah', null],
  );
  assert.equal((await as(token, 'POST', `/messages/${first.id}/read`)).statusCode, 204);
  assert.equal((await as(token, 'POST', `/messages/${first.id}/read`)).statusCode, 204);
  assert.equal((await list('?unread=true')).length, 1);
  assert.equal((await list('?unread=false')).length, 1);
  assert.deepEqual((await as(token, 'POST', '/messages/read-all')).json(), { read: 1 });
  assert.equal((await list('?unread=true')).length, 0);
  await as(token, 'PUT', '/preferences', { muted: ['ticket_replied'] });
  await ok(nadi, { method: 'POST', url: `/api/tickets/${ticket.id}/replies`, body: { body: 'Sudah?' } });
  await nadi.drainJobs();
  assert.equal((await list()).length, 2, 'muted');
  await ok(nadi, { method: 'DELETE', url: `/api/notification-settings/${hook}` });
});
