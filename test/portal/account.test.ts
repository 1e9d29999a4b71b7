import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ok } from '../support/provider.ts';
import { addCustomer, codeFor, codeIn, portalApp, post, signedIn } from './portal-support.ts';

const nadi = await portalApp();
after(() => nadi[Symbol.asyncDispose]());
const send = (token: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object) =>
  nadi.request({ token, method, url: `/api/portal${url}`, ...(body ? { body } : {}) });
const password = 'kopi tubruk pagi';

test('a password is set right after a code; later it takes the present one, and other sessions end', async () => {
  await addCustomer(nadi, { email: 'sandi@rumah.test' });
  const other = await signedIn(nadi, 'sandi@rumah.test');
  nadi.clock.advance({ minutes: 16 });
  const stale = await send(other, 'PUT', '/password', { password });
  assert.deepEqual([stale.statusCode, stale.json().code], [403, 'fresh_code_needed']);
  const token = await signedIn(nadi, 'sandi@rumah.test');
  assert.equal((await send(token, 'PUT', '/password', { password })).statusCode, 204);
  assert.equal((await send(other, 'GET', '/me')).statusCode, 401);
  assert.equal((await send(token, 'GET', '/me')).json().has_password, true);
  nadi.clock.advance({ minutes: 16 });
  const change = (current_password: string) =>
    send(token, 'PUT', '/password', { password: 'teh manis sore', current_password });
  assert.equal((await change('bukan ini sama sekali')).statusCode, 422);
  assert.equal((await change(password)).statusCode, 204);
  const stored = await nadi.kit.pool.query('select password from portal_accounts');
  assert.ok(stored.rows.every((row) => row.password === null || row.password.startsWith('$argon2id$')));
  for (let n = 0; n < 5; n += 1) assert.equal((await change('salah sekali ini')).statusCode, 422);
  assert.equal((await change('teh manis sore')).statusCode, 429);
});

test('the office resets the access without ever seeing it, and invites', async () => {
  const id = await addCustomer(nadi, { name: 'Ibu Sari', email: 'sari@rumah.test' });
  await ok(nadi, { method: 'POST', url: `/api/customers/${id}/portal-invitation` });
  await nadi.drainJobs();
  const invited = nadi.messages.sent.at(-1);
  assert.equal(invited?.to, 'sari@rumah.test');
  assert.match(invited?.text ?? '', /^Halo Ibu Sari,[\s\S]*\/portal\n[\s\S]*Masuk dengan sari@rumah\.test/);
  const token = await signedIn(nadi, 'sari@rumah.test');
  await send(token, 'PUT', '/password', { password });
  const shown = await nadi.request({ url: `/api/customers/${id}` });
  assert.ok(!shown.body.includes('argon2'));
  await ok(nadi, { method: 'DELETE', url: `/api/customers/${id}/portal-access` });
  assert.equal((await send(token, 'GET', '/me')).statusCode, 401);
  assert.equal(
    (await post(nadi, '/api/portal/sign-in', { login: 'sari@rumah.test', password })).statusCode,
    422,
  );
  const mailless = await addCustomer(nadi, { email: null });
  const refused = await nadi.request({ method: 'POST', url: `/api/customers/${mailless}/portal-invitation` });
  assert.equal(refused.json().code, 'customer_without_contact');
});

test('sessions are listed, ended one by one and all at once; another’s are not found', async () => {
  await addCustomer(nadi, { email: 'sesi@rumah.test' });
  await addCustomer(nadi, { email: 'lain@rumah.test' });
  const stranger = await signedIn(nadi, 'lain@rumah.test');
  const [first, second] = [await signedIn(nadi, 'sesi@rumah.test'), await signedIn(nadi, 'sesi@rumah.test')];
  const list = (await send(second, 'GET', '/sessions')).json().data;
  assert.deepEqual(
    list.map((session: { is_current: boolean }) => session.is_current),
    [true, false],
  );
  assert.equal((await send(stranger, 'DELETE', `/sessions/${list[1].id}`)).statusCode, 404);
  assert.equal((await send(second, 'DELETE', `/sessions/${list[1].id}`)).statusCode, 204);
  assert.equal((await send(first, 'GET', '/me')).statusCode, 401);
  const third = await signedIn(nadi, 'sesi@rumah.test');
  assert.equal((await send(third, 'DELETE', '/sessions')).statusCode, 204);
  assert.deepEqual(
    [(await send(second, 'GET', '/me')).statusCode, (await send(third, 'GET', '/me')).statusCode],
    [401, 401],
  );
  assert.equal((await send(stranger, 'GET', '/me')).statusCode, 200);
  assert.equal((await send(stranger, 'POST', '/sign-out')).statusCode, 204);
  assert.equal((await send(stranger, 'GET', '/me')).statusCode, 401);
});

test('a session ends after ninety days, and the purge takes it', async () => {
  await addCustomer(nadi, { email: 'kuno@rumah.test' });
  const token = await signedIn(nadi, 'kuno@rumah.test');
  nadi.clock.advance({ hours: 90 * 24 });
  assert.equal((await send(token, 'GET', '/me')).statusCode, 401);
  await nadi.edition.jobs
    .find(({ name }) => name === 'portal.purge_expired')
    ?.run({}, new AbortController().signal);
  const { rows } = await nadi.kit.pool.query('select count(*)::int as n from customer_tokens');
  assert.equal(rows[0].n, 0);
});

test('address and language are changed at once; e-mail with a code to the new one, and a stolen session does not do', async () => {
  const id = await addCustomer(nadi, { name: 'Pak Budi', email: 'budi@rumah.test' });
  const old = await signedIn(nadi, 'budi@rumah.test');
  nadi.clock.advance({ minutes: 16 });
  assert.equal((await send(old, 'POST', '/me/contact', { email: 'maling@rumah.test' })).statusCode, 403);
  const token = await signedIn(nadi, 'budi@rumah.test');
  assert.equal((await send(token, 'PUT', '/me', { name: 'Orang Lain' })).statusCode, 422);
  const changed = await send(token, 'PUT', '/me', { address: 'Jl. Melati 3', language: 'en' });
  assert.deepEqual([changed.json().address, changed.json().language], ['Jl. Melati 3', 'en']);
  assert.equal((await send(token, 'POST', '/me/contact', { email: 'b2@rumah.test' })).statusCode, 202);
  assert.equal((await send(token, 'POST', '/me/contact', { email: 'b3@rumah.test' })).statusCode, 429);
  await nadi.drainJobs();
  const mail = nadi.messages.sent.at(-1);
  assert.deepEqual([mail?.to, mail?.text.slice(0, 11)], ['b2@rumah.test', 'Your code: ']);
  const code = codeIn(mail) ?? '';
  assert.equal((await send(token, 'GET', '/me')).json().email, 'budi@rumah.test');
  const wrong = code === '000000' ? '000001' : '000000';
  assert.equal((await send(token, 'POST', '/me/contact/confirm', { code: wrong })).statusCode, 422);
  const taken = await send(token, 'POST', '/me/contact/confirm', { code });
  assert.equal(taken.json().email, 'b2@rumah.test');
  assert.equal((await send(old, 'GET', '/me')).statusCode, 401, 'the old address began it');
  assert.equal((await send(token, 'GET', '/me')).statusCode, 200);
  const log = await nadi.request({ url: `/api/audit-logs?subject_id=${id}` });
  assert.match(log.body, new RegExp(`"actor":"customer:${id}"`));
  assert.equal((await send(token, 'POST', '/me/contact/confirm', { code })).statusCode, 422, 'once');
});

test('an inactive customer reads, and changes nothing; a suspended one goes on', async () => {
  for (const status of ['inactive', 'suspended']) {
    const email = `${status}@rumah.test`;
    await addCustomer(nadi, { email, status });
    const token = await signedIn(nadi, email);
    assert.equal((await send(token, 'GET', '/invoices')).statusCode, 200);
    const expected = status === 'inactive' ? 409 : 200;
    assert.equal((await send(token, 'PUT', '/me', { address: 'x' })).statusCode, expected);
    const ticket = await send(token, 'POST', '/tickets', { subject: 'a', body: 'b' });
    assert.equal(ticket.statusCode, status === 'inactive' ? 409 : 201);
  }
});

test('a code in another purpose is none here', async () => {
  await addCustomer(nadi, { email: 'tujuan@rumah.test' });
  const token = await signedIn(nadi, 'tujuan@rumah.test');
  nadi.clock.advance({ minutes: 1 });
  const code = await codeFor(nadi, 'tujuan@rumah.test');
  assert.equal((await send(token, 'POST', '/me/contact/confirm', { code })).statusCode, 422);
});
