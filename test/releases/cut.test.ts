import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openBlob } from '../../server/modules/releases/index.ts';
import { published, releasesApp } from './store-app.ts';

const nadi = await releasesApp({ env: { RELEASES_PUBLIC: 'true', RELEASES_REPOSITORY: 'vendor/nadi' } });
after(() => nadi[Symbol.asyncDispose]());
await nadi.app.listen({ host: '127.0.0.1', port: 0 });
// A server always listening on TCP has an address.
const { port } = nadi.app.server.address() as AddressInfo;
await published(nadi, '1.0.0', [{ name: 'big', data: randomBytes(2_000_000) }]);
const { assets } = (await nadi.request({ as: 'nobody', url: '/repos/vendor/nadi/releases/latest' })).json();
const { pathname } = new URL(assets[0].browser_download_url);

/** Files of the store that this process has open; none of them once what is under way has ended. */
async function stillOpen(): Promise<readonly string[]> {
  for (let left = 5000; left > 0; left -= 1) {
    if (openNow().length === 0) break;
    await turn();
  }
  return openNow();
}

const openNow = () =>
  readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    })
    .filter((path) => path.startsWith(nadi.folder));

const isLinux = process.platform === 'linux';

test('a blob that nobody stayed to read is closed', { skip: !isLinux && 'needs /proc' }, async () => {
  const stream = await openBlob(nadi.kit, assets[0].digest.slice(7));
  assert.equal(openNow().length, 1);
  stream?.destroy();
  assert.deepEqual(await stillOpen(), []);
});

test('downloads that are cut at any moment leave nothing open', {
  skip: !isLinux && 'needs /proc',
}, async () => {
  const turns = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55];
  for (const wait of [...turns, ...turns, ...turns]) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: nadi\r\n\r\n`);
    const heard = once(nadi.app.server, 'request');
    const [, response] = (await heard) as [IncomingMessage, ServerResponse]; // What the event is of.
    for (let n = 0; n < wait; n += 1) await turn();
    socket.resetAndDestroy();
    if (!response.closed) await once(response, 'close');
  }
  assert.deepEqual(await stillOpen(), []);
  const whole = await nadi.app.inject({ url: pathname });
  assert.equal(whole.rawPayload.length, assets[0].size);
});

test('HEAD tells the size and reads nothing', { skip: !isLinux && 'needs /proc' }, async () => {
  const head = await nadi.app.inject({ method: 'HEAD', url: pathname });
  assert.deepEqual([head.statusCode, head.body], [200, '']);
  assert.equal(head.headers['content-length'], String(assets[0].size));
  assert.deepEqual(await stillOpen(), []);
});
