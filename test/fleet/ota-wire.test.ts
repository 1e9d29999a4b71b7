import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { TestApp } from '../support/test-app.ts';
import { addInstallations, addRelease, type Client, fleetApp, post, wireOf } from './fleet-world.ts';

// Every row of spec 1 §8, over HTTP.

let nadi: TestApp;
let clients: readonly Client[];
let next = 0;
const client = () => clients[next++] ?? assert.fail('add more installations');

before(async () => {
  nadi = await fleetApp();
  clients = await addInstallations(nadi, 30);
  await addRelease(nadi, '1.0.0');
});
after(() => nadi[Symbol.asyncDispose]());

const direct = (id: string, body: object) =>
  nadi.request({
    method: 'PUT',
    url: `/api/fleet/installations/${id}/directives`,
    body: { reason: 'Uji', ...body },
  });

test('up to date', async () => {
  assert.deepEqual(await wireOf(nadi, client()).check('1.0.0'), {
    status: 200,
    message: 'UP_TO_DATE',
    has_update: false,
    server_message: null,
  });
});

test('an update, its ZIP and its checksum', async () => {
  await addRelease(nadi, '1.1.0', { min_version: '1.0.0' });
  const wire = wireOf(nadi, client());
  const found = await wire.check('1.0.0');
  const bytes = Buffer.from('1.0.0 → 1.1.0\n'.repeat(4000));
  const checksum = createHash('sha256').update(bytes).digest('hex');
  assert.deepEqual(found, {
    status: 200,
    message: 'UPDATE_AVAILABLE',
    has_update: true,
    force_update: false,
    version: '1.1.0',
    min_version: '1.0.0',
    changelog: 'Perbaikan',
    files: [{ action: 'update', path: 'app/Kernel.php' }],
    has_migrations: false,
    checksum,
    zip_size: bytes.length,
    download_url: 'https://apis.chaospay.pro/ota/download/1.1.0',
    server_message: null,
    published_at: '2026-01-10T10:00:00+00:00',
  });
  const got = await wire.download('1.1.0');
  assert.equal(got.statusCode, 200);
  assert.equal(got.headers['x-checksum'], checksum);
  assert.equal(got.headers['content-type'], 'application/zip');
  assert.ok(got.rawPayload.equals(bytes));
  assert.deepEqual(await wire.report('1.1.0'), { status: 200, message: 'REPORT_RECEIVED' });
  assert.equal((await wire.check('1.1.0')).message, 'UP_TO_DATE');
});

test('a heartbeat', async () => {
  assert.deepEqual(await wireOf(nadi, client()).beat('1.1.0'), {
    status: 200,
    message: 'OK',
    directives: { disabled: false, force_update: false, force_update_version: null, server_message: null },
  });
});

test('disabled: check 403, download 403, heartbeat and report still taken', async () => {
  const one = client();
  const wire = wireOf(nadi, one);
  await wire.check('1.0.0');
  const answer = await direct(one.id, { disabled: true });
  assert.equal(answer.json().awaits_signature, true);
  const check = await post(nadi, 'check', { ...one, current_version: '1.0.0' });
  assert.equal(check.statusCode, 403);
  assert.deepEqual(check.json(), {
    status: 403,
    message: 'CLIENT_DISABLED',
    has_update: false,
    disabled: true,
    server_message: 'Your license has been disabled. Contact support.',
  });
  const download = await wire.download('1.1.0');
  assert.equal(download.statusCode, 403);
  assert.equal(download.json().message, 'CLIENT_DISABLED');
  assert.equal((await wire.beat('1.0.0')).directives.disabled, true);
  assert.equal((await wire.report('1.1.0', 'failed', 'x')).message, 'REPORT_RECEIVED');
  await direct(one.id, { disabled: false });
  assert.equal((await wire.beat('1.0.0')).directives.disabled, false);
});

test('suspended: check 200 without an update, download 403', async () => {
  const one = client();
  const wire = wireOf(nadi, one);
  await wire.check('1.0.0');
  await direct(one.id, { suspended: true });
  assert.deepEqual(await wire.check('1.0.0'), {
    status: 200,
    message: 'CLIENT_SUSPENDED',
    has_update: false,
    suspended: true,
    server_message: 'Updates paused temporarily.',
  });
  assert.equal((await wire.download('1.1.0')).statusCode, 403);
  assert.equal((await wire.beat('1.0.0')).message, 'OK');
  assert.equal((await wire.report('1.1.0')).message, 'REPORT_RECEIVED');
});

test('a message of the office stands in every answer, signed for agents of ours', async () => {
  const one = client();
  const wire = wireOf(nadi, one);
  await wire.beat('1.1.0');
  await direct(one.id, { server_message: 'Server pindah besok.' });
  const answer = await wire.check('1.1.0');
  assert.equal(answer.server_message, 'Server pindah besok.');
  const signed = { _type: 'messages', subject: one.id, body: { server_message: 'Server pindah besok.' } };
  assert.partialDeepStrictEqual(answer.signed, [{ role: 'online', kind: 'messages', envelope: { signed } }]);
  assert.equal(answer.signed[0].envelope.signatures.length, 1);
  assert.equal((await wire.beat('1.1.0')).directives.server_message, 'Server pindah besok.');
});

test('an operator may write the message, and nothing that switches off or forces', async () => {
  const one = client();
  await wireOf(nadi, one).beat('1.1.0');
  await direct(one.id, { suspended: true });
  const put = (path: string, body: object) =>
    nadi.request({ as: 'operator', method: 'PUT', url: `/api/fleet/installations/${one.id}/${path}`, body });
  const said = await put('message', { server_message: 'Hubungi kami.' });
  assert.equal(said.statusCode, 200, said.body);
  const { suspended, server_message, reason } = said.json();
  assert.deepEqual([suspended, server_message, reason], [true, 'Hubungi kami.', 'Uji']);
  assert.equal((await wireOf(nadi, one).check('1.1.0')).server_message, 'Hubungi kami.');
  assert.equal((await put('message', { server_message: 'x', disabled: true })).statusCode, 422);
  assert.equal((await put('directives', { server_message: 'x', reason: 'x' })).statusCode, 403);
  assert.equal((await put('message', { server_message: null })).json().server_message, null);
});

test('forced by the office, by the release, and by a floor', async () => {
  const one = client();
  const wire = wireOf(nadi, one);
  await wire.beat('1.0.0');
  await direct(one.id, { force_version: '1.1.0' });
  const found = await wire.check('1.0.0');
  assert.equal(found.message, 'FORCE_UPDATE_REQUIRED');
  assert.equal(found.force_update, true);
  const { directives } = await wire.beat('1.0.0');
  assert.deepEqual([directives.force_update, directives.force_update_version], [true, '1.1.0']);
  assert.equal((await wire.beat('1.1.0')).directives.force_update, false);
  await addRelease(nadi, '1.2.0', { is_floor: true });
  const other = await wireOf(nadi, client()).check('1.1.0');
  assert.equal(other.message, 'FORCE_UPDATE_REQUIRED');
  assert.match(other.server_message, /required/);
});

test('nobody and somebody with another key are 401, whatever they ask', async () => {
  const one = client();
  const bodies = [
    { ...one, license_key: 'WRONG' },
    { ...one, agent_code: 'NOBODY' },
  ];
  for (const body of bodies) {
    for (const path of ['check', 'heartbeat', 'report'] as const) {
      const given = { ...body, current_version: '1.0.0', version: '1.0.0', status: 'success' };
      const answer = await post(nadi, path, given);
      assert.equal(answer.statusCode, 401);
      assert.deepEqual(answer.json(), { status: 401, message: 'UNAUTHORIZED', has_update: false });
    }
    const download = await wireOf(nadi, body).download('1.1.0');
    assert.equal(download.statusCode, 401);
    assert.equal(download.json().message, 'UNAUTHORIZED');
  }
  assert.equal((await nadi.app.inject({ url: '/ota/download/1.1.0' })).statusCode, 401);
});

test('a license that was revoked disables; one that is over takes floors alone', async () => {
  const [revoked, expired] = [client(), client()];
  const set = (one: Client, how: string) =>
    nadi.kit.pool.query(
      `update licenses set ${how} where id = (select license_id from installations where id = $1)`,
      [one.id],
    );
  await set(revoked, "decided = 'revoked'");
  await set(expired, "subscribed = 'expired'");
  assert.equal((await post(nadi, 'check', { ...revoked, current_version: '1.0.0' })).statusCode, 403);
  const wire = wireOf(nadi, expired);
  assert.equal((await wire.check('1.2.0')).message, 'CLIENT_SUSPENDED');
  const floor = await wire.check('1.1.0');
  assert.deepEqual([floor.message, floor.version], ['FORCE_UPDATE_REQUIRED', '1.2.0']);
  assert.equal((await wire.download('1.2.0')).statusCode, 200);
});

test('below min_version the newest is offered that may be taken', async () => {
  await addRelease(nadi, '2.0.0', { min_version: '1.2.0' });
  assert.equal((await wireOf(nadi, client()).check('1.0.0')).version, '1.2.0');
  assert.equal((await wireOf(nadi, client()).check('1.2.0')).version, '2.0.0');
  await addRelease(nadi, '2.1.0-beta.1', { channel: 'beta' });
  assert.equal((await wireOf(nadi, client()).check('2.0.0')).has_update, false);
});
