import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { testApp } from '../support/test-app.ts';
import { addCustomer, codeFor, codeIn, portalApp, post, signedIn } from './portal-support.ts';

const nadi = await portalApp();
after(() => nadi[Symbol.asyncDispose]());
const tryCode = (login: string, code: string, more: object = {}, from?: string) =>
  post(nadi, '/api/portal/sign-in', { login, code, ...more }, from);
const wrongOf = (code = '') => (code === '000000' ? '000001' : '000000');

test('a code that was mailed signs a customer in, once, and stands nowhere else', async () => {
  const id = await addCustomer(nadi, { email: 'budi@rumah.test' });
  await post(nadi, '/api/portal/sign-in/code', { login: 'Budi@Rumah.test' });
  const queued = await nadi.kit.pool.query('select payload::text from graphile_worker._private_jobs');
  await nadi.drainJobs();
  const mail = nadi.messages.sent.at(-1);
  assert.match(mail?.text ?? '', /^Kode Anda: \d{6}\. Berlaku sekali, selama 10 menit\./);
  assert.equal(mail?.to, 'budi@rumah.test');
  const code = codeIn(mail) ?? '';
  const stored = await nadi.kit.pool.query(
    'select to_jsonb(c) from portal_codes c union all select to_jsonb(m) from notification_messages m',
  );
  for (const text of [JSON.stringify(stored.rows), JSON.stringify(queued.rows), nadi.logged()])
    assert.ok(!text.includes(code));
  const answer = await tryCode('budi@rumah.test', code);
  assert.equal(answer.statusCode, 200, answer.body);
  const { token, accounts } = answer.json();
  assert.deepEqual(
    accounts.map((account: { id: string }) => account.id),
    [id],
  );
  const sessions = await nadi.request({ token, url: '/api/portal/sessions' });
  assert.equal(sessions.json().data.length, 1);
  assert.equal((await tryCode('budi@rumah.test', code)).statusCode, 422);
});

test('the code is sealed while the mail server does not take it', async () => {
  await using away = await testApp({ env: { MAIL_HOST: '127.0.0.1', MAIL_PORT: '1' } });
  await addCustomer(away, { email: 'segel@rumah.test' });
  await post(away, '/api/portal/sign-in/code', { login: 'segel@rumah.test' });
  await away.drainJobs();
  const { rows } = await away.kit.pool.query<{ row: { id: string; sealed: string } }>(
    'select to_jsonb(m) as row from notification_messages m',
  );
  const [waiting] = rows;
  const opened = away.kit.secrets.open(
    waiting?.row.sealed ?? '',
    `notification_messages.sealed:${waiting?.row.id}`,
  );
  const { code } = JSON.parse(opened);
  assert.match(code, /^\d{6}$/);
  assert.ok(!JSON.stringify(rows).includes(code) && !away.logged().includes(code));
});

test('of one code used at the same moment from ten places, one signs in', async () => {
  await addCustomer(nadi, { email: 'sepuluh@rumah.test' });
  const code = (await codeFor(nadi, 'sepuluh@rumah.test')) ?? '';
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => tryCode('sepuluh@rumah.test', code, {}, `198.51.100.${n}`)),
  );
  assert.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 1);
  assert.ok(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 422));
});

test('a code works for ten minutes, and the newest alone', async () => {
  await addCustomer(nadi, { email: 'lama@rumah.test' });
  const first = (await codeFor(nadi, 'lama@rumah.test')) ?? '';
  assert.equal(await codeFor(nadi, 'lama@rumah.test'), undefined, 'a second one within the minute');
  nadi.clock.advance({ seconds: 61 });
  const second = (await codeFor(nadi, 'lama@rumah.test')) ?? '';
  if (first !== second) assert.equal((await tryCode('lama@rumah.test', first)).statusCode, 422);
  nadi.clock.advance({ minutes: 10 });
  assert.equal((await tryCode('lama@rumah.test', second)).statusCode, 422);
});

test('whoever goes on asking in another’s name leaves them with a code that works, and few mails', async () => {
  await addCustomer(nadi, { email: 'diganggu@rumah.test' });
  let newest: string | undefined;
  let sent = 0;
  for (let minute = 0; minute < 60; minute += 1) {
    const code = await codeFor(nadi, 'diganggu@rumah.test');
    if (code !== undefined) {
      newest = code;
      sent += 1;
    }
    nadi.clock.advance({ minutes: 1 });
  }
  assert.ok(newest !== undefined && sent <= 10, `${sent} mails in an hour`);
  const again = (await codeFor(nadi, 'diganggu@rumah.test')) ?? newest;
  assert.equal((await tryCode('diganggu@rumah.test', again)).statusCode, 200);
});

test('an unknown address is answered as a known one, and nothing is sent', async () => {
  await addCustomer(nadi, { email: 'ada@rumah.test' });
  const known = await post(nadi, '/api/portal/sign-in/code', { login: 'ada@rumah.test' });
  const unknown = await post(nadi, '/api/portal/sign-in/code', { login: 'tiada@rumah.test' });
  assert.equal(known.body, unknown.body);
  assert.equal(known.statusCode, unknown.statusCode);
  await nadi.drainJobs();
  assert.ok(!nadi.messages.sent.some(({ to }) => to.includes('tiada@')));
  for (const proof of [{ code: '123456' }, { password: 'salah sekali' }]) {
    const right = await post(nadi, '/api/portal/sign-in', { login: 'ada@rumah.test', ...proof });
    const wrong = await post(nadi, '/api/portal/sign-in', { login: 'tiada@rumah.test', ...proof });
    assert.deepEqual([wrong.statusCode, wrong.body], [right.statusCode, right.body]);
  }
});

test('five wrong codes lock one place for a contact; the same customer signs in elsewhere, and others there', async () => {
  await addCustomer(nadi, { email: 'korban@rumah.test' });
  await addCustomer(nadi, { email: 'tetangga@rumah.test' });
  const code = (await codeFor(nadi, 'korban@rumah.test')) ?? '';
  const from = '192.0.2.66';
  for (let n = 0; n < 5; n += 1)
    assert.equal((await tryCode('korban@rumah.test', wrongOf(code), {}, from)).statusCode, 422);
  const locked = await tryCode('korban@rumah.test', code, {}, from);
  assert.equal(locked.statusCode, 429);
  assert.ok(Number(locked.headers['retry-after']) > 0);
  const neighbour = (await codeFor(nadi, 'tetangga@rumah.test')) ?? '';
  assert.equal((await tryCode('tetangga@rumah.test', neighbour, {}, from)).statusCode, 200);
  assert.equal((await tryCode('korban@rumah.test', code, {}, '192.0.2.67')).statusCode, 200);
});

test('many places together try thirty codes, and the place one signed in from before stays open', async () => {
  await addCustomer(nadi, { email: 'dikepung@rumah.test' });
  await signedIn(nadi, 'dikepung@rumah.test');
  const code = (await codeFor(nadi, 'dikepung@rumah.test')) ?? '';
  const statuses: number[] = [];
  for (let n = 0; n < 60; n += 1)
    statuses.push((await tryCode('dikepung@rumah.test', wrongOf(code), {}, `10.1.${n}.1`)).statusCode);
  assert.equal(statuses.filter((status) => status === 422).length, 30);
  assert.equal((await tryCode('dikepung@rumah.test', code, {}, '10.2.0.1')).statusCode, 429);
  assert.equal((await tryCode('dikepung@rumah.test', code)).statusCode, 200);
});

test('hundreds behind one address sign in, though some mistype', async () => {
  for (let n = 0; n < 60; n += 1) {
    const login = `nat${n}@rumah.test`;
    await addCustomer(nadi, { email: login });
    const code = (await codeFor(nadi, login)) ?? '';
    for (let wrong = 0; wrong < 2; wrong += 1) await tryCode(login, wrongOf(code), {}, '100.64.0.1');
    assert.equal((await tryCode(login, code, {}, '100.64.0.1')).statusCode, 200, login);
  }
});
