import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mostArchiveBytes } from '#contract';
import { storeOf } from '../../server/modules/releases/store/store.ts';
import { newDraft, releasesApp } from './store-app.ts';

const nadi = await releasesApp();
after(() => nadi[Symbol.asyncDispose]());
await nadi.app.listen({ host: '127.0.0.1', port: 0 });
// A server always listening on TCP has an address.
const { port } = nadi.app.server.address() as AddressInfo;
const made = await nadi.request({ method: 'POST', url: '/api/tokens', body: { name: 'upload' } });
const token: string = made.json().token;
const id = await newDraft(nadi, '1.0.0');

function begin(path: string, length: number, bearer: string | undefined, type: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n` +
      `${bearer === undefined ? '' : `Authorization: Bearer ${bearer}\r\n`}\r\n`,
  );
  return socket;
}

const all = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let received = '';
    socket.on('data', (piece) => {
      received += piece;
    });
    socket.on('close', () => resolve(received));
  });

const failures = async (): Promise<string> =>
  (await nadi.request({ as: 'nobody', url: '/metrics' })).body
    .split('\n')
    .filter((line) => /status="5/.test(line))
    .join('\n');
const spooled = () => readdir(storeOf(nadi.kit).spool).catch(() => []);
const connections = (): Promise<number> =>
  new Promise((done) => nadi.app.server.getConnections((_error, count) => done(count)));
const archive = `/api/releases/${id}/archive`;
const binary = 'application/octet-stream';

test('an upload that is broken off leaves nothing, and is no failure of ours', async () => {
  for (const [path, type] of [
    [archive, binary],
    ['/api/customers', 'application/json'],
    ['/api/license/pair', 'application/json'],
    ['/ota/check', 'application/json'],
  ] as const) {
    const socket = begin(path, 900_000, token, type);
    if (path === archive) {
      socket.write(Buffer.alloc(400_000));
      while ((await spooled()).length === 0) await new Promise(setImmediate);
    }
    await new Promise<void>((done) => socket.write('{"a', () => done()));
    socket.destroy();
  }
  while ((await connections()) > 0 || (await spooled()).length > 0) await new Promise(setImmediate);
  assert.equal(await failures(), '');
  assert.doesNotMatch(nadi.logged(), /request failed|request refused/);
  assert.equal((await nadi.request({ url: `/api/releases/${id}` })).json().manifest_sha256, null);
});

test('an archive that is refused halfway, or is from a stranger, is answered though all of it is sent first', async () => {
  const piece = Buffer.alloc(1_000_000, 'no archive');
  const send = async (length: number, bearer: string | undefined) => {
    const socket = begin(archive, length, bearer, binary);
    const answer = all(socket);
    for (let at = 0; at < length; at += piece.length) socket.write(piece.subarray(0, length - at));
    return answer;
  };
  assert.match(await send(20_000_000, token), /^HTTP\/1\.1 422 .*release_archive/s);
  assert.match(await send(20_000_000, undefined), /^HTTP\/1\.1 401 /);
  const tooLarge = begin(archive, mostArchiveBytes + 1, token, binary);
  assert.match(await all(tooLarge), /^HTTP\/1\.1 413 .*body_too_large/s);
  assert.deepEqual(await spooled(), []);
  assert.equal(await failures(), '');
  assert.ok((await readdir(join(nadi.folder))).length > 0);
});

test('headers that do not come in time are not waited for', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout } = nadi.app.server;
  assert.deepEqual([headersTimeout, requestTimeout], [60_000, 3_600_000]);
  assert.ok(keepAliveTimeout > 0 && keepAliveTimeout <= 120_000);
});
