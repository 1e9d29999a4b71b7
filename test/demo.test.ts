import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { SettableClock } from '#kit/clock.ts';
import { UserError } from '#kit/errors.ts';
import { connectRouter, equals, itemsOf, pppActive, pppSecrets, print } from '#routeros';
import { type DemoOptions, demo } from '../server/commands/demo.ts';
import { quietProcess, type Ready, readyFile } from './support/demo-process.ts';
import { lookIntoOffice, pairByKey, type ReadyVendor, updateByWire } from './support/demo-vendor.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Runs the demo until it answers, lets `look` look, and stops it. Returns what it said. */
async function visit(data: string, options: DemoOptions, look: (ready: Ready) => Promise<void>) {
  const { process, said, stop } = quietProcess(data);
  const file = join(dirname(data), 'ready.json');
  await writeFile(file, 'stale');
  const running = demo(process, {
    data,
    port: String(await freePort()),
    readyFile: file,
    subscribers: 30,
    ...options,
  });
  try {
    await look(await readyFile(file, running));
  } finally {
    stop();
    assert.equal(await running, 0);
  }
  return said.join('\n');
}

async function post(provider: Ready['provider'], path: string, body: object) {
  const answer = await fetch(`${provider.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${provider.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
}

/** Looks again until it holds: routers and lines are real here, and take the time they take. */
async function soon(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, what);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function routersAreOk(provider: Ready['provider']): Promise<void> {
  await soon('both routers are in line', async () => {
    const { data } = await get(provider, '/api/provisioning/routers');
    assert.deepEqual(data.map(({ name }: { name: string }) => name).sort(), ['Cabang', 'Pusat']);
    return data.every(
      ({ state, waiting, failed }: { state: string; waiting: number; failed: number }) =>
        state === 'ok' && waiting === 0 && failed === 0,
    );
  });
}

/** What a person with another program finds on the routers that the ready file names. */
async function lookIntoRouters(provider: Ready['provider'], routers: Ready['routers']): Promise<void> {
  assert.deepEqual(
    routers.map(({ name }) => name),
    ['Pusat', 'Cabang'],
  );
  await routersAreOk(provider);
  await using stack = new AsyncDisposableStack();
  for (const { name, host, port, username: user, password } of routers) {
    const router = stack.use(await connectRouter({ host, port, user, password }));
    const secrets = await itemsOf(router, pppSecrets).print();
    const owned = secrets.filter(({ comment }) => comment?.startsWith('nadi:'));
    assert.ok(owned.length > 3, `${name} serves customers`);
    const foreign = name === 'Cabang' ? ['pos.ronda'] : [];
    assert.deepEqual(
      secrets.filter((secret) => !owned.includes(secret)).map((secret) => secret.name),
      foreign,
    );
    const expected = [...foreign, ...owned.filter(({ disabled }) => !disabled).map((one) => one.name)];
    const online = async () => (await itemsOf(router, pppActive).print()).map((session) => session.name);
    await soon(`everybody of ${name} is online`, async () =>
      isDeepStrictEqual((await online()).sort(), expected.sort()),
    );
    const bytes = async () =>
      (await print(router, '/interface', { fields: ['name', 'tx-byte'] }))
        .filter((row) => row.name?.startsWith('<pppoe-'))
        .map((row) => Number(row['tx-byte']));
    const before = await bytes();
    await soon('traffic moves', async () => (await bytes()).every((count, at) => count > (before[at] ?? 0)));
  }
}

/** Customers paid through the Midtrans that the ready file names, and the books say the same as it does. */
async function paidOnline(provider: Ready['provider'], midtrans: Ready['midtrans']): Promise<void> {
  const today = Temporal.Now.plainDateISO();
  const path = `/api/gateways/reconciliation?from=${today.subtract({ days: 9 })}&to=${today.add({ days: 1 })}`;
  await soon('what was paid online is booked', async () => {
    const [books] = (await get(provider, path)).gateways;
    return books?.transactions >= 3 && books.difference === '0.00' && Number(books.booked) > 0;
  });
  const authorization = `Basic ${Buffer.from(`${midtrans.server_key}:`).toString('base64')}`;
  // Those of an earlier start are not known to this Midtrans.
  await soon('the newest of them are known to Midtrans', async () => {
    const [order] = (await get(provider, '/api/payment-orders?status=paid')).data;
    const answer = await fetch(`${midtrans.url}/v2/${order.order_id}/status`, { headers: { authorization } });
    return JSON.parse(await answer.text()).transaction_status === 'settlement';
  });
}

async function paysAndIsBack(provider: Ready['provider'], routers: Ready['routers']): Promise<void> {
  const [suspended] = (await get(provider, '/api/subscriptions?status=suspended')).data;
  const customer = await get(provider, `/api/customers/${suspended.customer_id}`);
  const { data: settings } = await get(provider, '/api/router-settings');
  const site = settings.find((row: { id: string; is_default: boolean }) =>
    customer.router_id === null ? row.is_default : row.id === customer.router_id,
  ).name;
  const place = routers.find(({ name }) => name === site);
  assert.ok(place);
  const { host, port, username: user, password } = place;
  await using router = await connectRouter({ host, port, user, password });
  const where = equals('name', suspended.mikrotik_username);
  const isOff = async () => (await itemsOf(router, pppSecrets).print({ where }))[0]?.disabled;
  const isOnline = async () => (await itemsOf(router, pppActive).print({ where })).length === 1;
  assert.equal(await isOff(), true);
  assert.equal(await isOnline(), false);
  const { data: invoices } = await get(provider, `/api/invoices?subscription_id=${suspended.id}`);
  for (const { id, status, amount } of invoices) {
    if (status === 'paid' || status === 'cancelled') continue;
    await post(provider, '/api/payments', { invoice_id: id, amount, method: 'cash' });
  }
  await soon('the line is back', async () => !(await isOff()) && (await isOnline()));
  await routersAreOk(provider);
}

async function get(provider: Ready['provider'], path: string) {
  const answer = await fetch(`${provider.url}${path}`, {
    headers: { authorization: `Bearer ${provider.token}` },
  });
  assert.equal(answer.status, 200, path);
  return JSON.parse(await answer.text());
}

test('the demo lives its history, answers, and goes on where it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nadi-demo-'));
  const data = join(folder, 'data');
  try {
    // Five days ago by its clock, so that the second start has days to catch up on.
    const past = new SettableClock(
      Temporal.Now.instant()
        .subtract({ hours: 5 * 24 })
        .toString(),
    );
    let invoices = 0;
    let known: ReadyVendor['installation'] | undefined;
    const said = await visit(data, { days: 40, clock: past }, async ({ provider, vendor, installation }) => {
      const { email, password } = provider;
      const answer = await fetch(`${provider.url}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      assert.equal(answer.status, 200);
      assert.equal((await get(provider, '/api/customers')).total, 30);
      invoices = (await get(provider, '/api/invoices')).total;
      assert.ok(invoices > 30);
      assert.ok((await get(provider, '/api/payments')).total > 20);
      assert.equal((await get(provider, '/api/organisation')).name, 'Nusa Net');
      await updateByWire({ vendor, installation });
      known = installation;
    });
    assert.match(said, /The books add up/);
    // It has keys of licenses in it.
    assert.equal((await stat(join(data, 'demo.json'))).mode & 0o777, 0o600);
    const later = await visit(data, {}, async ({ provider, routers, midtrans, ...ready }) => {
      await paidOnline(provider, midtrans);
      await lookIntoRouters(provider, routers);
      await paysAndIsBack(provider, routers);
      assert.equal((await get(provider, '/api/customers')).total, 30);
      assert.ok((await get(provider, '/api/invoices')).total > invoices);
      assert.deepEqual(ready.installation, known);
      await lookIntoOffice(ready);
      await updateByWire(ready);
      await pairByKey(ready);
    });
    assert.match(later, /Living the days since/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a demo stopped while it was made begins anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nadi-demo-'));
  const data = join(folder, 'data');
  try {
    const { process, said, stop } = quietProcess(data);
    const redraw = (line: string) => void (line.includes('(5 of') && stop());
    const port = String(await freePort());
    const options = { data, port, subscribers: 20, days: 20 };
    assert.equal(await demo({ ...process, terminal: { ...process.terminal, redraw } }, options), 0);
    assert.match(said.join(), /begins anew/);
    const vendorRedraw = (line: string) => void (/Kawung.*\(30 of/.test(line) && again.stop());
    const again = quietProcess(data);
    const terminal = { ...again.process.terminal, redraw: vendorRedraw };
    assert.equal(await demo({ ...again.process, terminal }, options), 0);
    assert.match(again.said.join(), /begins the software house anew/);
    await visit(data, {}, async ({ provider, ...ready }) => {
      assert.equal((await get(provider, '/api/customers')).total, 20);
      assert.equal((await get(provider, '/api/users')).total, 3);
      await routersAreOk(provider);
      await lookIntoOffice(ready);
      await updateByWire(ready);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a folder that holds something else is refused and left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nadi-demo-'));
  try {
    await writeFile(join(folder, 'app.key'), 'precious');
    const port = String(await freePort());
    await assert.rejects(demo(quietProcess(folder).process, { data: folder, port }), (error) => {
      assert.ok(error instanceof UserError);
      return /not a demo/.test(error.message);
    });
    assert.equal(await readFile(join(folder, 'app.key'), 'utf8'), 'precious');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
