import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import Fastify from 'fastify';
import { endSlowBodies, upTo } from './slow-bodies.ts';

const app = Fastify();
endSlowBodies(app, 200);
app.post('/ordinary', async () => 'taken');
app.post('/streamed', { config: { streamed: true } }, async () => 'taken');
app.get('/slow', async () => {
  await new Promise((done) => setTimeout(done, 400));
  return 'taken';
});
await app.listen({ host: '127.0.0.1', port: 0 });
after(() => app.close());
// A server always listening on TCP has an address.
const { port } = app.server.address() as AddressInfo;

/** What is answered until the server closes, or to all of a body whose second half comes after twice the limit. */
function answerTo(path: string, first: string, second?: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', () => {});
    const method = path === '/slow' ? 'GET' : 'POST';
    const length = path === '/slow' ? '' : 'Content-Length: 10\r\nContent-Type: application/json\r\n';
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${length}\r\n${first}`);
    if (second !== undefined) setTimeout(() => socket.write(second), 400);
  });
}

test('a body that does not come is answered 408, and one that is streamed is waited for', async () => {
  assert.match(await answerTo('/ordinary', '{"a":'), /^HTTP\/1\.1 408 .*request_timeout/s);
  assert.match(await answerTo('/ordinary', '{"a":1234}'), /^HTTP\/1\.1 200/);
  assert.match(await answerTo('/streamed', '{"a":', '1234}'), /^HTTP\/1\.1 200/);
  assert.match(await answerTo('/slow', ''), /^HTTP\/1\.1 200/);
});

test('a stream of more bytes than are taken is refused as soon as one more comes', async () => {
  let given = 0;
  async function* pieces() {
    for (;;) {
      given += 100;
      yield Buffer.alloc(100);
    }
  }
  await assert.rejects(Array.fromAsync(upTo(1000, pieces())), { code: 'body_too_large' });
  assert.equal(given, 1100);
});
