import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  ConnectionLost,
  encodeLength,
  encodeSentence,
  ProtocolError,
  RouterError,
  RouterFatal,
  type RouterosError,
  RouterTimeout,
} from '#routeros';
import { type ConnectedRouter, connectedRouter, tagOf } from '../../test/support/connected-router.ts';

const add = { path: '/ppp/secret/add', attributes: { name: 'budi', password: 'rahasia-sekali' } };
type ErrorClass = abstract new (...args: never[]) => RouterosError;

/** A router that does this while an `add` waits ends the connection, and the `add` with such an error. */
async function ends(
  script: (on: ConnectedRouter, tag: string) => void,
  expected: ErrorClass,
  words: RegExp,
): Promise<void> {
  await using on = await connectedRouter();
  const ended = on.connection.run(add).catch((error: unknown) => error);
  script(on, tagOf(await on.side.hear()));
  const error = await ended;
  assert.ok(error instanceof expected, inspect(error));
  assert.match(error.message, words);
  assert.equal(error.command, '/ppp/secret/add');
  assert.equal(error.mayHaveExecuted, true);
  assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes('rahasia'), 'no password in the error');
  await on.side.closed;
  assert.equal(on.timers.size, 0);
  assert.equal(on.connection.load.inFlight, 0);
}

test('the router closes in the middle of a sentence', () =>
  ends(
    ({ side }, tag) =>
      side.socket.end(encodeSentence([Buffer.from('!done'), Buffer.from(tag)]).subarray(0, 8)),
    ConnectionLost,
    /in the middle of a sentence/,
  ));

test('the router resets the connection', () =>
  ends(({ side }) => side.socket.resetAndDestroy(), ConnectionLost, /was lost/));

test('the router announces a word of 4 GB', () =>
  ends(
    ({ side }) => side.socket.write(encodeLength(0xffffffff)),
    ProtocolError,
    /4294967295 bytes is above the limit/,
  ));

test('the router sends control bytes', () =>
  ends(({ side }) => side.socket.write(Buffer.of(0xf8)), ProtocolError, /0xf8/));

test('the router answers a tag that was never asked', () =>
  ends(({ side }) => side.say('!done', '.tag=999'), ProtocolError, /never sent/));

test('the router answers without a tag', () =>
  ends(({ side }) => side.say('!done'), ProtocolError, /without a tag/));

test('the router says what is no reply', () =>
  ends(({ side }) => side.say('hello', '.tag=1'), ProtocolError, /no reply/));

test('the router says !fatal, and repeats a password', () =>
  ends(
    ({ side }) => side.say('!fatal', 'session terminated: rahasia-sekali'),
    RouterFatal,
    /session terminated: …$/,
  ));

test('a router that never answers is cancelled, then left', async () => {
  await using on = await connectedRouter();
  const ended = on.connection.run(add).catch((error: unknown) => error);
  const other = on.connection
    .run({ path: '/log/print', reads: true }, { silence: 60_000 })
    .catch((error: unknown) => error);
  const tag = tagOf(await on.side.hear());
  await on.side.hear();
  on.timers.advance(9_999);
  assert.equal(on.connection.load.inFlight, 2);
  on.timers.advance(1);
  const error = await ended;
  assert.ok(error instanceof RouterTimeout && error.mayHaveExecuted);
  assert.equal((await on.side.hear())[1], `=tag=${tag.slice(5)}`);
  on.timers.advance(4_999);
  assert.equal(on.connection.open, true);
  on.timers.advance(1);
  await on.side.closed;
  const lost = await other;
  assert.ok(lost instanceof ConnectionLost && !lost.mayHaveExecuted);
  assert.match(lost.message, /did not end a command that was cancelled/);
});

test('single bytes now and then are no answer', async () => {
  await using on = await connectedRouter();
  const ended = on.connection.run(add).catch((error: unknown) => error);
  const tag = tagOf(await on.side.hear());
  for (const byte of encodeSentence([
    Buffer.from('!re'),
    Buffer.from(`=comment=${'x'.repeat(20)}`),
    Buffer.from(tag),
  ]).subarray(0, 20)) {
    on.side.socket.write(Buffer.of(byte));
    on.timers.advance(500);
  }
  assert.ok((await ended) instanceof RouterTimeout);
});

test('each sentence is a sign of life, but a deadline holds whatever comes', async () => {
  await using on = await connectedRouter();
  await using rows = on.connection.stream({ path: '/log/print', reads: true }, { deadline: 42_000 });
  const tag = tagOf(await on.side.hear());
  for (let count = 0; count < 5; count += 1) {
    on.side.say('!re', '=message=x', tag);
    assert.equal((await rows.next()).done, false);
    on.timers.advance(9_000);
  }
  await assert.rejects(rows.next(), /to the end within 42000 ms/);
});

test('listening may be silent for ever', async () => {
  await using on = await connectedRouter();
  await using rows = on.connection.stream({ path: '/ppp/active/listen', reads: true, endless: true });
  const tag = tagOf(await on.side.hear());
  on.timers.advance(1e9);
  on.side.say('!re', '=.id=*1', tag);
  assert.equal((await rows.next()).value?.['.id'], '*1');
});

test('rows that came before the loss are given, then the loss', async () => {
  await using on = await connectedRouter();
  await using rows = on.connection.stream({ path: '/log/print', reads: true });
  const tag = tagOf(await on.side.hear());
  on.side.say('!re', '=message=one', tag);
  on.side.socket.end();
  await on.connection.closed;
  assert.equal((await rows.next()).value?.message, 'one');
  await assert.rejects(rows.next(), ConnectionLost);
  assert.equal(on.connection.load.heldBytes, 0);
});

test('a refusal counts though the connection is lost before its !done', async () => {
  await using on = await connectedRouter();
  const ended = on.connection.run(add).catch((error: unknown) => error);
  const tag = tagOf(await on.side.hear());
  on.side.say('!trap', '=category=1', '=message=input does not match any value of profile', tag);
  on.side.socket.end();
  const error = await ended;
  assert.ok(error instanceof RouterError && error.category === 1 && !error.mayHaveExecuted);
});
