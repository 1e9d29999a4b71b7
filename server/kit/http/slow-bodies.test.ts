import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import Fastify from 'fastify';
import { endSlowBodies, streamOf, upTo } from './slow-bodies.ts';

const app = Fastify();
endSlowBodies(app, 200);
app.addHook('onRequest', async (request, reply) => {
  if (request.url === '/refused') return reply.code(415).send('not this');
});
app.setErrorHandler((_error, _request, reply) => reply.code(413).send('too much'));
app.addContentTypeParser('stream/all', (_request, body, done) => done(null, body));
app.post('/ordinary', async () => 'taken');
app.post('/streamed', async ({ raw }) => {
  let size = 0;
  for await (const piece of streamOf(1000, raw)) size += piece.length;
  return `taken ${size}`;
});
app.post('/stranger', async (_request, reply) => reply.code(401).send('who are you'));
app.get('/slow', async () => {
  await new Promise((done) => setTimeout(done, 400));
  return 'taken';
});
app.get('/quick', async () => 'taken');
await app.listen({ host: '127.0.0.1', port: 0 });
after(() => app.close());
// A server always listening on TCP has an address.
const { port } = app.server.address() as AddressInfo;

interface Sent {
  readonly method?: string;
  /** Content-Length, or chunks without one. */
  readonly length?: number | 'chunked';
  readonly type?: string;
  readonly keep?: boolean;
}

/** What is answered until the server closes, where pieces of a body come one after the other, 150 ms apart. */
function answerTo(path: string, pieces: readonly string[], sent: Sent = {}): Promise<string> {
  const { method = 'POST', length = 10, type = 'application/json', keep = false } = sent;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setTimeout(5000, () => reject(new Error(`${path} was left open after: ${received}`)));
    socket.on('data', (chunk) => {
      received += chunk;
    });
    const headers = [
      `${method} ${path} HTTP/1.1`,
      'Host: x',
      ...(keep ? [] : ['Connection: close']),
      ...(method === 'GET' && length === 0 ? [] : [`Content-Type: ${type}`]),
      ...(length === 'chunked'
        ? ['Transfer-Encoding: chunked']
        : length === 0
          ? []
          : [`Content-Length: ${length}`]),
    ];
    socket.write(`${headers.join('\r\n')}\r\n\r\n`);
    let next = 0;
    const drip = setInterval(() => {
      const piece = pieces[next];
      next += 1;
      if (piece !== undefined) socket.write(piece);
    }, 150);
    socket.on('close', () => {
      clearInterval(drip);
      resolve(received);
    });
    socket.on('error', () => {});
  });
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
/** One byte at a time, for a second and a half. */
const trickle = Array.from({ length: 10 }, () => 'x');
const late = /^HTTP\/1\.1 408 .*request_timeout/s;

test('a body that does not come in time is answered 408, declared or in chunks', async () => {
  assert.match(await answerTo('/ordinary', ['{"a":']), late);
  assert.match(await answerTo('/ordinary', ['{"a":1234}']), /^HTTP\/1\.1 200/);
  assert.match(await answerTo('/ordinary', [], { length: 'chunked' }), late);
  assert.match(await answerTo('/ordinary', trickle.map(chunk), { length: 'chunked' }), late);
  assert.match(
    await answerTo('/ordinary', [`${chunk('{"a":1}')}0\r\n\r\n`], { length: 'chunked' }),
    /^HTTP\/1\.1 200/,
  );
  // The end of the chunks that does not come, and what may follow them.
  for (const end of ['', '0\r\n', '0\r\nTrailer: a'])
    assert.match(await answerTo('/ordinary', [`${chunk('{"a":1}')}${end}`], { length: 'chunked' }), late);
  assert.match(await answerTo('/nowhere', ['{"a":']), late);
});

test('a stream is waited for, and handlers that take long are', async () => {
  const sent = { type: 'stream/all' };
  assert.match(await answerTo('/streamed', [...trickle], sent), /^HTTP\/1\.1 200.*taken 10$/s);
  assert.match(await answerTo('/slow', [], { method: 'GET', length: 0 }), /^HTTP\/1\.1 200/);
  assert.match(await answerTo('/slow', ['{}'], { method: 'GET', length: 2 }), /^HTTP\/1\.1 200/);
});

test('nobody stays connected by sending what is answered already', async () => {
  const forever = Array.from({ length: 60 }, () => 'x');
  const sent = { length: 1_000_000, keep: true, type: 'stream/all' };
  assert.match(await answerTo('/refused', forever, sent), /^HTTP\/1\.1 415/);
  assert.match(await answerTo('/stranger', forever, sent), /^HTTP\/1\.1 401/);
  assert.match(await answerTo('/quick', forever, { ...sent, method: 'GET' }), /^HTTP\/1\.1 200/);
});

test('a stream that is refused halfway is answered, though the client sends all before it reads', async () => {
  const sent = { length: 'chunked', type: 'stream/all' } as const;
  const big = chunk('x'.repeat(1_000_000));
  for (const keep of [false, true])
    assert.match(
      await answerTo('/streamed', [big, big, big, big, big], { ...sent, keep }),
      /^HTTP\/1\.1 413/,
    );
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

test('what is read or thrown away leaves nothing behind that ends a connection later', async () => {
  for (const url of ['/ordinary', '/refused', '/nowhere'])
    await app.inject({ method: 'POST', url, payload: { a: 'x'.repeat(100_000) } });
  await new Promise((done) => setTimeout(done, 300));
});

test('two hundred that send a byte now and then are all sent away, and others are answered meanwhile', async () => {
  const slow = Array.from({ length: 200 }, () => answerTo('/ordinary', trickle));
  assert.match(await answerTo('/ordinary', ['{"a":1234}']), /^HTTP\/1\.1 200/);
  for (const answer of await Promise.all(slow)) assert.match(answer, late);
});
