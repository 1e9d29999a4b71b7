import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { test } from 'node:test';
import { captiveServer } from '#kit/http/captive.ts';
import { connectRouter } from '#routeros';
import { isolirRules } from '../../server/modules/notice/index.ts';
import { runNadi } from '../support/nadi-process.ts';
import { png } from '../support/png.ts';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { dials, organisation, page, withBlocked } from './notice-support.ts';
import { startSimulated } from './provisioned.ts';

test('an isolated customer sees what is owed and how to pay, in both languages, and nobody else does', async () => {
  const { nadi, budi } = await withBlocked('Budi Santoso');
  await using _ = nadi;
  await dials(nadi, budi, '10.99.0.7');
  const answer = await page(nadi, '10.99.0.7');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.match(String(answer.headers['content-security-policy']), /default-src 'none'; style-src 'sha256-/);
  assert.ok(answer.rawPayload.length < 30_000);
  for (const shown of [
    'diisolir',
    'Bu*** Sa***',
    'Rp 150.000',
    budi.number,
    '14 Februari 2026',
    'BCA 123-456\na.n. PT Nusa Net',
    'dengan sendirinya',
    'tel:02187901234',
    'Nusa Net',
  ])
    assert.ok(answer.body.includes(shown), shown);
  assert.ok(!answer.body.includes('Santoso'));
  const [, link = ''] = /class="pay" href="([^"]+)"/.exec(answer.body) ?? [];
  const pay = await nadi.request({ as: 'nobody', url: new URL(link).pathname });
  assert.match(pay.body, new RegExp(budi.number), 'straight to where this invoice is paid');
  const english = await page(nadi, '::ffff:10.99.0.7', { 'accept-language': 'de, en-US;q=0.8' });
  assert.match(english.body, /Your internet is suspended/);
  assert.match(english.body, /14 February 2026/);
  assert.match((await page(nadi, '10.99.0.7', undefined, '?language=en')).body, /suspended/);
  assert.match((await page(nadi, '10.99.0.7', { 'accept-language': 'jv' })).body, /diisolir/);
  for (const stranger of ['10.99.0.8', '2001:db8::1']) {
    const { body } = await page(nadi, stranger);
    assert.match(body, /Pemberitahuan layanan internet/);
    assert.match(body, /Nusa Net/);
    assert.ok(!body.includes('Rp ') && !body.includes('***') && !body.includes('BCA'));
  }
  // Nothing that is said of the way here is believed.
  const forged = await page(nadi, '10.99.0.8', {
    'accept-language': 'id',
    ...{ 'x-forwarded-for': '10.99.0.7' },
  });
  assert.ok(!forged.body.includes('***'));
});

test('an address that two may have shows neither; one set aside counts while nobody is online with it', async () => {
  const { nadi, budi } = await withBlocked('Budi Santoso');
  await using _ = nadi;
  await ok(nadi, {
    method: 'PUT',
    url: `/api/subscriptions/${budi.subscriptionId}`,
    body: { remote_address: '10.10.0.5' },
  });
  assert.match((await page(nadi, '10.10.0.5')).body, /Bu\*\*\*/);
  const { customerId, subscriptionId } = await subscriber(nadi);
  await ok(nadi, { method: 'PUT', url: `/api/customers/${customerId}`, body: { name: 'Citra' } });
  const citra = { customerId, subscriptionId, number: '' };
  await dials(nadi, citra, '10.10.0.5');
  const online = await page(nadi, '10.10.0.5');
  assert.match(online.body, /Ci\*\*\*/);
  assert.ok(!online.body.includes('Bu***') && !online.body.includes(budi.number));
  await dials(nadi, budi, '10.10.0.5');
  assert.ok(!(await page(nadi, '10.10.0.5')).body.includes('***'));
});

test('whose quota is used up is not told that a payment brings the internet back', async () => {
  await using nadi = await testApp();
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: organisation });
  const { customerId, subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-14' });
  await dials(nadi, { customerId, subscriptionId, number: '' }, '10.99.0.7');
  await nadi.kit.pool.query(
    `insert into subscription_limits (subscription_id, blocked, reason, created_at) values ($1, true, 'quota', $2)`,
    [subscriptionId, nadi.clock.now().toString()],
  );
  const usedUp = await page(nadi, '10.99.0.7');
  assert.match(usedUp.body, /class="blocked"><h1>Internet Anda sedang diisolir/);
  assert.match(usedUp.body, /Kuota internet Anda sudah habis/);
  goTo(nadi, '2026-02-10');
  await nadi.edition.runBilling();
  const owing = await page(nadi, '10.99.0.7');
  for (const shown of ['Kuota internet Anda sudah habis', 'sebelum jatuh tempo', 'Rp 150.000'])
    assert.ok(owing.body.includes(shown), shown);
  assert.ok(!owing.body.includes('dengan sendirinya') && !owing.body.includes('Silakan bayar agar'));
});

test('the logo goes with the page', async () => {
  const { nadi } = await withBlocked('Budi');
  await using _ = nadi;
  const logo = () => nadi.request({ as: 'nobody', url: '/isolir/logo' });
  assert.equal((await logo()).statusCode, 404);
  assert.ok(!(await page(nadi, '10.0.0.1')).body.includes('<img'));
  const image = png(4, 4).toString('base64');
  await ok(nadi, { method: 'PUT', url: '/api/organisation/logo', body: { image } });
  const [, src] = /<img src="([^"]+)"/.exec((await page(nadi, '10.0.0.1')).body) ?? [];
  const shown = await nadi.request({ as: 'nobody', url: '/isolir/logo' });
  assert.ok(src?.startsWith('/isolir/logo?v='));
  assert.equal(shown.headers['content-type'], 'image/png');
});

interface Asked {
  readonly port: number;
  readonly path: string;
  readonly host: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function ask({ port, path, host, method = 'GET', headers = {} }: Asked) {
  const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers: { host, ...headers } });
  sent.end(method === 'POST' ? 'a=b' : undefined);
  // What `response` is emitted with.
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await readText(answer) };
}

const probes = [
  '/',
  '/generate_204',
  '/hotspot-detect.html',
  '/connecttest.txt',
  '/ncsi.txt?x=1',
  '/a/b.php?q=%',
  '/isolir/elsewhere',
];

test('what was meant for other servers gets the page, and what was meant for Nadi does not', async () => {
  const { nadi, budi } = await withBlocked('Budi Santoso', { APP_URL: 'https://nadi.example' });
  await using _ = nadi;
  await dials(nadi, budi, '127.0.0.1');
  const { port } = new URL(await nadi.app.listen({ host: '127.0.0.1', port: 0 }));
  const to = (path: string, host: string, more: Partial<Asked> = {}) =>
    ask({ port: Number(port), path, host, ...more });
  for (const path of probes) {
    const answer = await to(path, 'connectivitycheck.gstatic.com');
    assert.equal(answer.status, 200, path);
    assert.match(answer.body, /Bu\*\*\* Sa\*\*\*/, path);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
  const head = await to('/', 'example.com', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body], [200, '']);
  const posted = await to('/login.php', 'example.com', { method: 'POST' });
  assert.deepEqual([posted.status, posted.headers.location], [303, '/isolir']);
  for (const host of ['nadi.example', '127.0.0.1', `localhost:${port}`])
    assert.equal((await to('/nothing', host)).status, 404, host);
  assert.equal((await to('/api/nothing', 'example.com')).status, 404);
  assert.equal((await to('/livez', 'example.com')).body, '{"status":"ok"}');
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { suspend_mode: 'disable' } });
  assert.equal((await to('/', 'example.com')).status, 404);
  assert.equal((await to('/isolir', 'example.com')).status, 200);
});

test('a port of its own has nothing but the page, and believes no proxy', async () => {
  const { nadi, budi } = await withBlocked('Budi Santoso', { TRUST_PROXY: 'true' });
  await using _ = nadi;
  await dials(nadi, budi, '10.99.0.7');
  await nadi.app.ready();
  const server = captiveServer(nadi.app, { path: '/isolir', isOn: async () => true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await using _closed = { [Symbol.asyncDispose]: async () => void server.close() };
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  for (const path of [...probes, '/isolir?language=id', '/api/packages', '/docs', '/metrics', '/isolirx']) {
    const answer = await ask({
      port,
      path,
      host: 'example.com',
      headers: { 'x-forwarded-for': '10.99.0.7' },
    });
    assert.equal(answer.status, 200, path);
    assert.match(answer.body, /Pemberitahuan layanan internet/, path);
  }
  const headers = { 'x-forwarded-for': '10.99.0.7' };
  assert.match((await nadi.request({ as: 'nobody', url: '/isolir', headers })).body, /Bu\*\*\*/);
  const posted = await ask({ port, path: '/api/login', host: 'example.com', method: 'POST' });
  assert.equal(posted.status, 303);
});

test('the rules are such as a router takes, and the command prints them in their order', async () => {
  await using nadi = await testApp();
  await using router = await startSimulated();
  const { host, port } = router;
  await using api = await connectRouter({ host, port, user: 'nadi', password: 'rahasia' });
  for (const { menu, attributes } of isolirRules({ list: 'nadi-isolir', server: '10.0.0.2', port: 8081 }))
    await api.run({ path: `${menu}/add`, attributes });
  const actions = [...router.table('ip/firewall/filter').rows()].map(({ values }) => values.action);
  assert.deepEqual(actions, ['accept', 'accept', 'accept', 'accept', 'accept', 'reject', 'drop']);

  const url = nadi.kit.config.databaseUrl ?? '';
  const printed = await runNadi(['isolir:rules', '--server', '10.0.0.2'], url, { ISOLIR_PORT: '8081' });
  assert.equal(printed.code, 0, printed.stderr);
  const lines = printed.stdout.split('\n');
  assert.match(
    lines.find((line) => line.includes('dst-nat')) ?? '',
    /^\/ip firewall nat add chain=dstnat src-address-list=nadi-isolir protocol=tcp dst-port=80 action=dst-nat to-addresses=10.0.0.2 to-ports=8081 comment="nadi:isolir page"$/,
  );
  for (const menu of ['filter', 'nat']) {
    const own = lines.filter((line) => line.includes(`/ip firewall ${menu}`));
    assert.match(own[0] ?? '', /remove \[find where comment~"\^nadi:isolir"\]/);
    assert.match(own.at(-1) ?? '', /move/);
  }
  assert.match(printed.stderr, /suspend_mode/);
  const refused = await runNadi(['isolir:rules'], url);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--server 192\.168\.10\.2/);
});
