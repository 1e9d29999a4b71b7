import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestApp } from '../support/test-app.ts';
import { addInstallations, addRelease, fleetApp, wireOf } from './fleet-world.ts';

let nadi: TestApp;
let wire: ReturnType<typeof wireOf>;
const whole = Buffer.from('1.0.0 → 1.1.0\n'.repeat(4000));

before(async () => {
  nadi = await fleetApp();
  const [client] = await addInstallations(nadi, 1);
  assert.ok(client);
  await addRelease(nadi, '1.1.0');
  wire = wireOf(nadi, client);
  await wire.check('1.0.0');
});
after(() => nadi[Symbol.asyncDispose]());

test('a download that was cut is resumed, and its parts make the whole', async () => {
  const first = await wire.download('1.1.0', { range: 'bytes=0-9999' });
  assert.equal(first.statusCode, 206);
  assert.equal(first.headers['content-range'], `bytes 0-9999/${whole.length}`);
  const rest = await wire.download('1.1.0', {
    range: 'bytes=10000-',
    'if-range': String(first.headers.etag),
  });
  assert.equal(rest.statusCode, 206);
  assert.ok(Buffer.concat([first.rawPayload, rest.rawPayload]).equals(whole));
  assert.equal(rest.headers['x-checksum'], first.headers['x-checksum']);
});

test('where the ZIP is another now, all of it is sent', async () => {
  const answer = await wire.download('1.1.0', { range: 'bytes=10000-', 'if-range': '"another"' });
  assert.deepEqual([answer.statusCode, answer.rawPayload.length], [200, whole.length]);
});

test('ranges of all kinds', async () => {
  const ranges: readonly (readonly [string, number, number])[] = [
    ['bytes=-100', 206, 100],
    ['bytes=5-5', 206, 1],
    [`bytes=0-${whole.length * 2}`, 206, whole.length],
    ['bytes=0-1,5-6', 200, whole.length],
    ['bytes=9-5', 200, whole.length],
    ['lines=1-2', 200, whole.length],
    ['bytes=-', 200, whole.length],
    [`bytes=${'9'.repeat(50)}-`, 200, whole.length],
    [`bytes=${whole.length}-`, 416, 0],
    ['bytes=-0', 416, 0],
  ];
  for (const [range, status, length] of ranges) {
    const answer = await wire.download('1.1.0', { range });
    assert.deepEqual([answer.statusCode, answer.rawPayload.length], [status, length], range);
  }
  const { headers } = await wire.download('1.1.0');
  assert.equal((await wire.download('1.1.0', { 'if-none-match': String(headers.etag) })).statusCode, 304);
});

test('only what the last check told of is given, and no more once it is held', async () => {
  for (const version of ['1.0.0', '9.9.9', 'x', '..%2f..%2fetc']) {
    const answer = await wire.download(version);
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json().message, 'NOT_OFFERED');
  }
  await nadi.kit.pool.query(`update releases set state = 'held' where version = '1.1.0'`);
  assert.equal((await wire.download('1.1.0')).statusCode, 404);
  await nadi.kit.pool.query(`update releases set state = 'published' where version = '1.1.0'`);
});

test('what was offered may be fetched after something newer was published, and not after it failed', async () => {
  await addRelease(nadi, '1.2.0');
  assert.equal((await wire.download('1.1.0')).statusCode, 200);
  await wire.report('1.1.0', 'failed', 'x');
  assert.equal((await wire.download('1.1.0')).statusCode, 404);
});
