import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { errorCatalog } from '#contract';
import { testApp } from '../support/test-app.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
await nadi.app.listen({ host: '127.0.0.1', port: 0 });
// A server always listening on TCP has an address.
const { port } = nadi.app.server.address() as AddressInfo;

/** What the server answers to these bytes until it closes; `hangUp` ends our side after them. */
function answerTo(bytes: string | Buffer, options: { hangUp?: boolean } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
    if (options.hangUp) socket.write(bytes, () => socket.destroy());
    else socket.write(bytes);
  });
}

const host = 'Host: nadi\r\n';
const close = 'Connection: close\r\n';
const post = `POST /api/login HTTP/1.1\r\n${host}${close}Content-Type: application/json\r\n`;

const malformed: Readonly<Record<string, string | Buffer>> = {
  'no HTTP at all': 'hello\r\n\r\n',
  'TLS hello': Buffer.from('16030100a5010000a10303', 'hex'),
  'a bad request line': 'GET\r\n\r\n',
  'spaces in the target': `GET /api /customers HTTP/1.1\r\n${host}\r\n`,
  'an unknown method': `BREW /api/customers HTTP/1.1\r\n${host}\r\n`,
  'a future version': `GET / HTTP/9.9\r\n${host}\r\n`,
  'no Host': 'GET /livez HTTP/1.1\r\n\r\n',
  'NUL in a header': `GET /livez HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`,
  'a header without a name': `GET /livez HTTP/1.1\r\n${host}: a\r\n\r\n`,
  'a folded header': `GET /livez HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`,
  'bare line feeds': `GET /livez HTTP/1.1\nHost: nadi\n\n`,
  'huge headers': `GET /livez HTTP/1.1\r\n${host}X: ${'a'.repeat(100_000)}\r\n\r\n`,
  'a huge target': `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${host}\r\n`,
  'two content lengths': `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}`,
  'content length and chunks': `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a negative content length': `${post}Content-Length: -1\r\n\r\n{}`,
  'a content length that is no number': `${post}Content-Length: ten\r\n\r\n{}`,
  'an enormous content length': `${post}Content-Length: 99999999999999999999\r\n\r\n{}`,
  'a content length beyond the limit': `${post}Content-Length: 10485760\r\n\r\n{}`,
  'a bad chunk size': `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  'an unknown transfer coding': `${post}Transfer-Encoding: gzip\r\n\r\n{}`,
  'chunks beyond the limit': `${post}Transfer-Encoding: chunked\r\n\r\n200000\r\n${'a'.repeat(0x200000)}\r\n0\r\n\r\n`,
  'an expectation we cannot meet': `${post}Expect: a-miracle\r\nContent-Length: 2\r\n\r\n{}`,
  'an upgrade': `GET /api/customers HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  'a tunnel': `CONNECT example.org:443 HTTP/1.1\r\n${host}\r\n`,
  'an absolute target': `GET http://example.org/api/customers HTTP/1.1\r\n${host}${close}\r\n`,
};

/** Bytes it may well answer as usual. */
const harmless: readonly string[] = ['bare line feeds'];

for (const [what, bytes] of Object.entries(malformed)) {
  test(`${what}: refused, and the server lives`, async () => {
    const answer = await answerTo(bytes);
    if (answer !== '') {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
      assert.ok(harmless.includes(what) ? status < 500 : status >= 400 && status < 500, answer.slice(0, 400));
      // Node answers some of them itself, without a body.
      if (body !== '' && !/transfer-encoding: chunked/i.test(head) && status >= 400) {
        const { code, message } = JSON.parse(body);
        assert.ok(Object.hasOwn(errorCatalog, code) && message, answer);
      }
    }
    assert.match(await answerTo(`GET /livez HTTP/1.1\r\n${host}${close}\r\n`), /^HTTP\/1\.1 200/);
  });
}

test('headers too large and lines that are no HTTP are answered in the error model', async () => {
  assert.match(
    await answerTo(malformed['huge headers'] ?? ''),
    /^HTTP\/1\.1 431 .*"code":"headers_too_large"\}$/s,
  );
  assert.match(
    await answerTo(malformed['a bad request line'] ?? ''),
    /^HTTP\/1\.1 400 .*"code":"bad_request"\}$/s,
  );
});

test('bodies that never end are not waited for by anybody else', async () => {
  const slow = Array.from({ length: 50 }, () => answerTo(`${post}Content-Length: 100\r\n\r\n{"email":`));
  const gone = Array.from({ length: 50 }, () =>
    answerTo(`${post}Content-Length: 100\r\n\r\n{"email":`, { hangUp: true }),
  );
  const started = performance.now();
  assert.match(await answerTo(`GET /readyz HTTP/1.1\r\n${host}${close}\r\n`), /^HTTP\/1\.1 200/);
  assert.ok(performance.now() - started < 2500);
  await Promise.all([...slow, ...gone]);
  assert.ok(
    nadi.app.server.requestTimeout > 0 && nadi.app.server.headersTimeout > 0,
    'an unfinished request is ended',
  );
});

test('requests in one piece are answered in order', async () => {
  const one = `GET /livez HTTP/1.1\r\n${host}\r\n`;
  const answer = await answerTo(`${one}${one}GET /nothing HTTP/1.1\r\n${host}${close}\r\n`);
  assert.deepEqual(answer.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
});

test('who has gone before being heard is no fault of ours', async () => {
  await using limited = await testApp({ limitRates: true });
  await limited.app.listen({ host: '127.0.0.1', port: 0 });
  const address = limited.app.server.address() as AddressInfo; // As above.
  // As when it was reset, and the server has not heard of it yet.
  limited.app.server.prependOnceListener('request', ({ socket }) =>
    Object.defineProperty(socket, 'remoteAddress', { value: undefined }),
  );
  const socket = connect(address.port, '127.0.0.1').on('error', () => {});
  socket.write(`GET /api/me HTTP/1.1\r\n${host}\r\n`);
  await once(socket, 'close');
  assert.doesNotMatch(limited.logged(), /request failed/);
});
