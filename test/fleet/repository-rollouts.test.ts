import assert from 'node:assert/strict';
import { test } from 'node:test';
import { act, published, type ReleasesApp } from '../releases/store-app.ts';
import { ok } from '../support/provider.ts';
import { addInstallations, type Client, runJob, seeRollout, startRollout, wireOf } from './fleet-world.ts';
import { wiredApp } from './wired-app.ts';

// What is released in stages, on the wire that knows no stages (spec 2).

const root = '/repos/vendor/app/releases';
const repository = { RELEASES_REPOSITORY: 'vendor/app' };

/** As spec 2's updater asks, with its one token; without one, as anybody. */
const get = (nadi: ReleasesApp, url: string, client?: Client, key = client?.license_key) =>
  nadi.app.inject({
    url,
    headers: client === undefined ? {} : { authorization: `Bearer ${client.agent_code}:${key}` },
  });

async function latest(nadi: ReleasesApp, client?: Client): Promise<string> {
  const answer = await get(nadi, `${root}/latest`, client);
  assert.equal(answer.statusCode, 200, answer.body);
  const { tag_name } = answer.json();
  const list: { tag_name: string }[] = (await get(nadi, root, client)).json();
  assert.equal(list[0]?.tag_name, tag_name);
  for (const tag of ['v1.0.0', 'v1.1.0']) {
    const isListed = list.some((each) => each.tag_name === tag);
    assert.equal((await get(nadi, `${root}/tags/${tag}`, client)).statusCode, isListed ? 200 : 404);
  }
  return tag_name;
}

async function world(env = {}) {
  const nadi = await wiredApp({ env: { ...repository, ...env } });
  const clients = await addInstallations(nadi, 12);
  const app = (text: string) => [{ name: 'app.php', data: text }];
  await published(nadi, '1.0.0', app('one'));
  const releaseId = await published(nadi, '1.1.0', app('two'));
  for (const client of clients.slice(1)) await wireOf(nadi, client).beat('1.0.0');
  const { id } = await startRollout(nadi, '1.1.0', [
    { count: 2, most_failed: 40, soak_minutes: 0, least_judged: 50 },
    { percent: 100, needs_approval: true, most_failed: 40, soak_minutes: 0, least_judged: 0 },
  ]);
  return { nadi, clients, releaseId, id, [Symbol.asyncDispose]: () => nadi[Symbol.asyncDispose]() };
}

async function shownTo(nadi: ReleasesApp, clients: readonly Client[]) {
  const shown: Client[] = [];
  for (const client of clients) if ((await latest(nadi, client)) === 'v1.1.0') shown.push(client);
  return shown;
}

const fileOf = async (nadi: ReleasesApp, client?: Client): Promise<URL> =>
  new URL((await get(nadi, `${root}/latest`, client)).json().assets[0].browser_download_url);

test('a rollout is followed: its members alone are shown the release, what failed there is not shown again, and what is held or yanked nobody', async () => {
  await using at = await world();
  const { nadi, clients, releaseId, id } = at;
  const members = await shownTo(nadi, clients);
  const [good, bad] = members;
  assert.ok(good && bad && members.length === 2);
  const { pathname, search } = await fileOf(nadi, good);
  assert.equal((await nadi.app.inject({ url: pathname + search })).statusCode, 200);
  const other = clients.find((client) => !members.includes(client));
  assert.equal((await get(nadi, pathname, good)).statusCode, 200);
  assert.equal((await get(nadi, pathname, other)).statusCode, 404);

  await wireOf(nadi, good).beat('1.1.0');
  await wireOf(nadi, bad).check('1.0.0');
  await wireOf(nadi, bad).report('1.1.0', 'failed', 'Disk penuh');
  await runJob(nadi, 'fleet.rollouts');
  assert.deepEqual(await shownTo(nadi, clients), []);
  assert.equal((await nadi.app.inject({ url: pathname + search })).statusCode, 404);

  await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/resume`, body: { reason: 'Diperiksa' } });
  nadi.clock.advance({ hours: 2 });
  for (const client of clients.slice(1)) await wireOf(nadi, client).beat(client === good ? '1.1.0' : '1.0.0');
  assert.deepEqual(await shownTo(nadi, clients), [good]);
  await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/advance` });
  await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/advance` });
  // Who never said what it runs is drawn by no stage.
  assert.deepEqual(
    await shownTo(nadi, clients),
    clients.slice(1).filter((client) => client !== bad),
  );
  await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/advance` });
  assert.equal((await seeRollout(nadi, id)).state, 'done');
  assert.deepEqual(
    await shownTo(nadi, clients),
    clients.filter((client) => client !== bad),
  );

  const signed = await fileOf(nadi, good);
  await act(nadi, releaseId, 'yank', { reason: 'Bocor' });
  assert.deepEqual(await shownTo(nadi, clients), []);
  assert.equal((await nadi.app.inject({ url: signed.pathname + signed.search })).statusCode, 404);
});

test('where releases are public, anybody is shown only what is for everybody', async () => {
  await using at = await world({ RELEASES_PUBLIC: 'true' });
  const { nadi, clients, id } = at;
  const [member] = await shownTo(nadi, clients);
  assert.ok(member);
  assert.equal(await latest(nadi), 'v1.0.0');
  assert.equal((await get(nadi, `${root}/latest`, member, 'WRONG')).json().tag_name, 'v1.0.0');
  const open = await fileOf(nadi);
  assert.deepEqual([open.search, (await get(nadi, open.pathname)).statusCode], ['', 200]);
  const { pathname, search } = await fileOf(nadi, member);
  assert.equal((await get(nadi, pathname + search)).statusCode, 200);
  assert.equal((await get(nadi, pathname)).statusCode, 404);
  for (let n = 0; n < 3; n += 1) await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/advance` });
  assert.equal(await latest(nadi), 'v1.1.0');
  assert.equal((await get(nadi, pathname)).statusCode, 200);
});

test('who is switched off or paused is told so, and who is below min_version is shown what comes before', async () => {
  await using at = await world();
  const { nadi, clients } = at;
  const [never, one] = clients;
  assert.ok(never && one);
  await published(nadi, '2.0.0', [{ name: 'app.php', data: 'three' }], { min_version: '1.1.0' });
  assert.match((await get(nadi, `${root}/latest`, one)).json().tag_name, /^v1/);
  await wireOf(nadi, one).beat('1.1.0');
  assert.equal((await get(nadi, `${root}/latest`, one)).json().tag_name, 'v2.0.0');
  assert.equal((await get(nadi, `${root}/latest`, never)).json().tag_name, 'v2.0.0');
  for (const [what, code] of [
    ['suspended', 'client_suspended'],
    ['disabled', 'client_disabled'],
  ] as const) {
    const url = `/api/fleet/installations/${one.id}/directives`;
    await ok(nadi, { method: 'PUT', url, body: { [what]: true, reason: 'Uji' } });
    const refused = await get(nadi, root, one);
    assert.deepEqual([refused.statusCode, refused.json().code], [403, code]);
  }
});
