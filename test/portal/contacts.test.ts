import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addCode } from '../contract/portal-world.ts';
import { ok } from '../support/provider.ts';
import { addCustomer, codeFor, portalApp, post, signedIn } from './portal-support.ts';

const nadi = await portalApp();
after(() => nadi[Symbol.asyncDispose]());
const me = (token: string) => nadi.request({ token, url: '/api/portal/me' });
const signIn = (body: object) => post(nadi, '/api/portal/sign-in', body);

test('a phone number is one, however it is written', async () => {
  const one = [
    '0812 3456 7890',
    '+62 812-3456-7890',
    '62812.3456.7890',
    '0062 812 3456 7890',
    '812 3456 7890',
    '+62 (0)812 3456 7890',
    '(0812) 3456-7890',
  ];
  const { rows } = await nadi.kit.pool.query(
    'select distinct nadi_phone(w) as phone from unnest($1::text[]) w',
    [one],
  );
  assert.deepEqual(rows, [{ phone: '6281234567890' }]);
  const none = await nadi.kit.pool.query(
    `select w from unnest($1::text[]) w where nadi_phone(w) is not null`,
    [['', '-', '112', '0', '000000000', 'abc', '+', '123456789012345678901', '++', '0-0']],
  );
  assert.deepEqual(none.rows, []);
  const others = await nadi.kit.pool.query('select nadi_phone(w) as phone from unnest($1::text[]) w', [
    ['+65 6123 4567', '021-8790-1234', '+1 (555) 010-0199'],
  ]);
  assert.deepEqual(
    others.rows.map(({ phone }) => phone),
    ['6561234567', '622187901234', '15550100199'],
  );
});

test('a customer signs in by phone in another writing than the office’s; by an index', async () => {
  const id = await addCustomer(nadi, { email: null, phone: '0813-1111-2222' });
  await addCode(nadi, 'sign-in 6281311112222', '6281311112222');
  const answer = await signIn({ login: '+62 813 1111 2222', code: '123456' });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.json().accounts[0].id, id);
  await nadi.kit.pool.query(`insert into customers (id, name, phone, created_at, updated_at)
    select gen_random_uuid(), 'Ramai', '0899' || n, '2026-01-01', '2026-01-01' from generate_series(10000000, 10005000) n`);
  await nadi.kit.pool.query('analyze customers');
  const plan = await nadi.kit.pool.query(
    `explain select id from customers c where nadi_phone(c.phone) = '6281311112222'`,
  );
  assert.match(JSON.stringify(plan.rows), /customers_phone/);
});

test('an unknown address takes the same steps as a known one, to the statement', async () => {
  await addCustomer(nadi, { email: 'langkah@rumah.test' });
  await codeFor(nadi, 'langkah@rumah.test');
  let steps: string[] = [];
  const watched = new WeakSet<object>();
  nadi.kit.pool.on('acquire', (client) => {
    if (watched.has(client)) return;
    watched.add(client);
    const query = client.query.bind(client);
    Object.assign(client, {
      query: (...given: Parameters<typeof query>) => {
        const [text] = given as unknown[]; // A text, or an object that has it.
        steps.push(typeof text === 'string' ? text : String(Reflect.get(Object(text), 'text')));
        return query(...given);
      },
    });
  });
  const stepsOf = async (url: string, body: object) => {
    steps = [];
    await post(nadi, url, body, '192.0.2.9');
    return steps;
  };
  for (const [url, proof] of [
    ['/api/portal/sign-in/code', {}],
    ['/api/portal/sign-in', { code: '000000' }],
    ['/api/portal/sign-in', { password: 'bukan ini' }],
  ] as const) {
    const known = await stepsOf(url, { login: 'langkah@rumah.test', ...proof });
    const unknown = await stepsOf(url, { login: 'entah@rumah.test', ...proof });
    assert.ok(known.length > 0);
    assert.deepEqual(unknown, known);
  }
});

test('of several customers with one address, the code names them and signs in the one that is chosen', async () => {
  const email = 'keluarga@rumah.test';
  const home = await addCustomer(nadi, { email, address: 'Rumah' });
  nadi.clock.advance({ seconds: 1 });
  const shop = await addCustomer(nadi, { email, address: 'Toko' });
  const stranger = await addCustomer(nadi);
  const code = await codeFor(nadi, email);
  const named = await signIn({ login: email, code });
  assert.equal(named.json().token, null);
  assert.deepEqual(
    named.json().accounts.map(({ id, address }: Record<string, string>) => [id, address]),
    [
      [home, 'Rumah'],
      [shop, 'Toko'],
    ],
  );
  const wrong = await signIn({ login: email, code, customer_id: stranger });
  assert.equal(wrong.statusCode, 422);
  assert.ok(wrong.json().errors.customer_id);
  const { token } = (await signIn({ login: email, code, customer_id: shop })).json();
  assert.equal((await me(token)).json().id, shop);
  assert.equal(
    (await signIn({ login: email, code, customer_id: home })).statusCode,
    422,
    'the code is spent',
  );
});

test('an address that more than twenty customers share signs nobody in', async () => {
  const email = 'kantor@rumah.test';
  for (let n = 0; n < 21; n += 1) await addCustomer(nadi, { email });
  assert.equal(await codeFor(nadi, email), undefined);
  assert.match(nadi.logged(), /more than 20 customers share/);
});

test('a password is one customer’s, though others share the address', async () => {
  const email = 'berdua@rumah.test';
  const first = await addCustomer(nadi, { email });
  const second = await addCustomer(nadi, { email });
  const code = await codeFor(nadi, email);
  const { token } = (await signIn({ login: email, code, customer_id: first })).json();
  const password = 'kopi tubruk pagi';
  const set = await nadi.request({ token, method: 'PUT', url: '/api/portal/password', body: { password } });
  assert.equal(set.statusCode, 204, set.body);
  const answer = await signIn({ login: email, password });
  assert.deepEqual(
    answer.json().accounts.map(({ id }: { id: string }) => id),
    [first],
  );
  assert.equal((await signIn({ login: email, password, customer_id: second })).statusCode, 422);
  assert.equal((await signIn({ login: email, password: 'kopi tubruk sore' })).statusCode, 422);
});

test('a session ends with what it proved: another address, a number that is another’s now, deletion, anonymisation', async () => {
  const change = (id: string, body: object) => ok(nadi, { method: 'PUT', url: `/api/customers/${id}`, body });
  const moved = await addCustomer(nadi, { email: 'pindah@rumah.test', phone: '0877 0000 1111' });
  const byMail = await signedIn(nadi, 'pindah@rumah.test');
  await addCode(nadi, 'sign-in 6287700001111', '6287700001111');
  const byPhone = (await signIn({ login: '087700001111', code: '123456' })).json().token;
  await change(moved, { email: 'baru@rumah.test' });
  assert.deepEqual([(await me(byMail)).statusCode, (await me(byPhone)).statusCode], [401, 200]);
  await change(moved, { phone: '+62877-0000-1111' });
  assert.equal((await me(byPhone)).statusCode, 200, 'the same number in another writing');
  await change(moved, { phone: null });
  assert.equal((await me(byPhone)).statusCode, 401);
  const gone = await addCustomer(nadi, { email: 'hapus@rumah.test' });
  const deleted = await signedIn(nadi, 'hapus@rumah.test');
  await ok(nadi, { method: 'DELETE', url: `/api/customers/${gone}` });
  assert.equal((await me(deleted)).statusCode, 401);
  const hidden = await addCustomer(nadi, { email: 'anonim@rumah.test' });
  const token = await signedIn(nadi, 'anonim@rumah.test');
  await ok(nadi, { token, method: 'POST', url: '/api/portal/tickets', body: { subject: 'a', body: 'b' } });
  await ok(nadi, { method: 'POST', url: `/api/customers/${hidden}/anonymise` });
  assert.equal((await me(token)).statusCode, 401);
  const left = await nadi.kit.pool.query(
    `select (select count(*) from customer_tokens where customer_id = $1) + (select count(*) from tickets where customer_id = $1) as n`,
    [hidden],
  );
  assert.equal(Number(left.rows[0].n), 0);
});
