import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { CommandAborted, ConnectionLost, LoginRefused, RouterSession } from '#routeros';
import { tagOf } from '../../test/support/connected-router.ts';
import { type ScriptedRouter, SettableTimers, scriptedRouter } from '../../test/support/scripted-router.ts';

const print = { path: '/ppp/secret/print', attributes: { '.proplist': '.id' }, reads: true };
const add = { path: '/ppp/secret/add', attributes: { name: 'budi' } };

function sessionOn({ port }: Pick<ScriptedRouter, 'port'>, timers = new SettableTimers()) {
  const options = { host: '127.0.0.1', port, user: 'nadi', password: 'rahasia-sekali', timers };
  const session = new RouterSession(options, { first: 1000, longest: 4000, attempts: 4, random: () => 0 });
  return { session, timers };
}

test('it connects when it is needed, once for all who need it', async () => {
  await using router = await scriptedRouter();
  await using session = sessionOn(router).session;
  assert.equal(router.connections, 0);
  const replies = [session.run(print), session.run(print)];
  const side = await (await router.accept()).admit();
  for (const _ of replies) side.say('!done', tagOf(await side.hear()));
  await Promise.all(replies);
  assert.equal(router.connections, 1);
  assert.match(
    inspect(session, { depth: 10, showHidden: true }),
    /^RouterSession\(127\.0\.0\.1:\d+, connected\)$/,
  );
});

test('what reads is repeated once on a new connection', async () => {
  await using router = await scriptedRouter();
  await using session = sessionOn(router).session;
  const reply = session.run(print);
  const first = await (await router.accept()).admit();
  await first.hear();
  first.socket.destroy();
  const second = await (await router.accept()).admit();
  const tag = tagOf(await second.hear());
  second.say('!re', '=.id=*1', tag);
  second.say('!done', tag);
  assert.equal((await reply).rows.length, 1);

  const again = session.run(print);
  await second.hear();
  second.socket.destroy();
  const third = await (await router.accept()).admit();
  await third.hear();
  third.socket.destroy();
  await assert.rejects(again, ConnectionLost);
  assert.equal(router.connections, 3);
});

test('a write that may have been executed is never repeated', async () => {
  await using router = await scriptedRouter();
  await using session = sessionOn(router).session;
  const reply = session.run(add);
  const first = await (await router.accept()).admit();
  await first.hear();
  first.socket.destroy();
  await assert.rejects(reply, (error: unknown) => error instanceof ConnectionLost && error.mayHaveExecuted);
  assert.equal(router.connections, 1);

  const next = session.run(add);
  const second = await (await router.accept()).admit();
  second.say('!done', '=ret=*1', tagOf(await second.hear()));
  assert.equal((await next).done.ret, '*1');
});

test('a stream is repeated before its first row, not after', async () => {
  await using router = await scriptedRouter();
  await using session = sessionOn(router).session;
  const rows = session.stream(print)[Symbol.asyncIterator]();
  const one = rows.next();
  const first = await (await router.accept()).admit();
  await first.hear();
  first.socket.destroy();
  const second = await (await router.accept()).admit();
  second.say('!re', '=.id=*1', tagOf(await second.hear()));
  assert.equal((await one).value?.['.id'], '*1');
  second.socket.destroy();
  await assert.rejects(rows.next(), ConnectionLost);
  assert.equal(router.connections, 2);
});

test('listening is not repeated: what happened meanwhile would be missed', async () => {
  await using router = await scriptedRouter();
  await using session = sessionOn(router).session;
  const rows = session.stream({ path: '/ppp/active/listen', reads: true, endless: true });
  const one = rows[Symbol.asyncIterator]().next();
  const first = await (await router.accept()).admit();
  await first.hear();
  first.socket.destroy();
  await assert.rejects(one, ConnectionLost);
});

test('failures wait longer each time, up to a limit, and a success forgets them', async () => {
  const gone = await scriptedRouter();
  await gone[Symbol.asyncDispose]();
  const { session, timers } = sessionOn(gone);
  const waits: number[] = [];
  const after = timers.after.bind(timers);
  timers.after = (milliseconds, call) => {
    // The connect timeout is no wait between attempts.
    if (milliseconds < 10_000) waits.push(milliseconds);
    const stop = after(milliseconds, call);
    if (milliseconds < 10_000) queueMicrotask(() => timers.advance(milliseconds));
    return stop;
  };
  await assert.rejects(session.run(print), ConnectionLost);
  await assert.rejects(session.run(print), ConnectionLost);
  // Half of 1, 2, 4, 4 … seconds, with no luck; the second call waits for what the first has left.
  assert.deepEqual(waits, [500, 1000, 2000, 2000, 2000, 2000, 2000]);
  await session.close();
});

test('a refused login is not tried again by itself', async () => {
  await using router = await scriptedRouter();
  await using session = sessionOn(router).session;
  const reply = assert.rejects(session.run(print), LoginRefused);
  const side = await router.accept();
  await side.hear();
  side.say('!trap', '=message=invalid user name or password (6)');
  side.say('!done');
  await reply;
  assert.equal(router.connections, 1);
});

test('who aborts waits no longer, and the others still get their connection', async () => {
  await using router = await scriptedRouter();
  await using session = sessionOn(router).session;
  const abort = new AbortController();
  const impatient = assert.rejects(session.run(print, { signal: abort.signal }), CommandAborted);
  const patient = session.run(print);
  const side = await router.accept();
  abort.abort();
  await impatient;
  await side.admit();
  side.say('!done', tagOf(await side.hear()));
  await patient;
});

test('closing ends what waits for a connection', async () => {
  await using router = await scriptedRouter();
  const { session } = sessionOn(router);
  const reply = assert.rejects(session.run(print), CommandAborted);
  const side = await router.accept();
  await side.hear();
  await session.close();
  await reply;
  await side.closed;
});
