import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CommandAborted,
  ConnectionLost,
  InvalidInput,
  QueueFull,
  RouterError,
  runAll,
  trapCategories,
} from '#routeros';
import { connectedRouter, tagOf } from '../../test/support/connected-router.ts';

const print = { path: '/ppp/secret/print', attributes: { '.proplist': '.id,name' }, reads: true };

test('a command is sent with its tag, and answered with rows and the attributes of !done', async () => {
  await using on = await connectedRouter();
  const reply = on.connection.run(print);
  const heard = await on.side.hear();
  assert.deepEqual(heard, ['/ppp/secret/print', '=.proplist=.id,name', tagOf(heard)]);
  on.side.say('!re', '=.id=*1', '=name=budi', tagOf(heard));
  on.side.say('!re', tagOf(heard), '=name=siti=2', '=.id=*2');
  on.side.say('!done', '=ret=*3', tagOf(heard));
  const { rows, done } = await reply;
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      { '.id': '*1', name: 'budi' },
      { '.id': '*2', name: 'siti=2' },
    ],
  );
  assert.equal(done.ret, '*3');
  assert.equal(on.timers.size, 0);
});

test('answers of many commands may interleave in any way', async () => {
  await using on = await connectedRouter();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      async (sizes, order) => {
        const replies = sizes.map((_, index) =>
          on.connection.run({ ...print, attributes: { '.proplist': `p${index}` } }),
        );
        const tags: string[] = [];
        for (const _ of sizes) tags.push(tagOf(await on.side.hear()));
        const left = sizes.map((size) => size);
        while (left.some((count) => count >= 0)) {
          const open = left.flatMap((count, index) => (count >= 0 ? [index] : []));
          const chosen = open[Number(order.next().value) % open.length] ?? 0;
          const count = left[chosen] ?? 0;
          if (count > 0) on.side.say('!re', `=n=${chosen}`, tags[chosen] ?? '');
          else on.side.say('!done', tags[chosen] ?? '');
          left[chosen] = count - 1;
        }
        const got = await Promise.all(replies);
        assert.deepEqual(
          got.map(({ rows }) => rows.map((row) => row.n)),
          sizes.map((size, index) => Array.from({ length: size }, () => String(index))),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test('!empty before !done is an empty answer, and replies of kinds yet unknown are no fault', async () => {
  await using on = await connectedRouter();
  const reply = on.connection.run(print);
  const tag = tagOf(await on.side.hear());
  on.side.say('!empty', tag);
  on.side.say('!later', '=what=ever', tag);
  on.side.say('!done', tag);
  assert.deepEqual((await reply).rows, []);
});

test('a !trap rejects with its category and reason once !done has come', async () => {
  await using on = await connectedRouter();
  const add = { path: '/ppp/secret/add', attributes: { name: 'budi', password: 'kunci-1' } };
  const refused = assert.rejects(on.connection.run(add), (error: unknown) => {
    assert.ok(error instanceof RouterError);
    assert.equal(error.category, trapCategories.general);
    assert.equal(error.reason, 'already-exists');
    assert.equal(error.command, '/ppp/secret/add');
    assert.equal(error.mayHaveExecuted, false);
    assert.match(error.message, /: failure: secret with the same name already exists: …$/);
    return true;
  });
  const tag = tagOf(await on.side.hear());
  on.side.say(
    '!trap',
    '=category=4',
    '=message=failure: secret with the same name already exists: kunci-1',
    tag,
  );
  on.side.say('!trap', '=message=another', tag);
  on.side.say('!done', tag);
  await refused;
  assert.equal(on.connection.load.inFlight, 0);
});

test('a !trap without !done is told all the same, and the connection goes on', async () => {
  await using on = await connectedRouter();
  const refused = assert.rejects(on.connection.run(print), RouterError);
  const tag = tagOf(await on.side.hear());
  on.side.say('!trap', '=message=no such command', tag);
  const other = on.connection.run(print);
  const otherTag = tagOf(await on.side.hear());
  on.side.say('!done', otherTag);
  await other;
  on.timers.advance(5_000);
  await refused;
  on.side.say('!done', tag);
  const last = on.connection.run(print);
  on.side.say('!done', tagOf(await on.side.hear()));
  await last;
});

test('no more are in flight than allowed; others wait their turn, and too many are refused', async () => {
  await using on = await connectedRouter({ limits: { maxInFlight: 2, maxWaiting: 1 } });
  const replies = [on.connection.run(print), on.connection.run(print), on.connection.run(print)];
  await assert.rejects(
    on.connection.run(print),
    (error: unknown) => error instanceof QueueFull && !error.mayHaveExecuted,
  );
  const first = tagOf(await on.side.hear());
  const second = tagOf(await on.side.hear());
  assert.deepEqual({ ...on.connection.load }, { inFlight: 2, waiting: 1, heldBytes: 0, paused: false });
  on.side.say('!done', second);
  const third = tagOf(await on.side.hear());
  on.side.say('!done', first);
  on.side.say('!done', third);
  await Promise.all(replies);
});

test('10,000 adds go through in order with few at a time', async () => {
  await using on = await connectedRouter();
  let most = 0;
  const router = (async () => {
    for (let count = 0; count < 10_000; count += 1) {
      const heard = await on.side.hear();
      on.side.say(
        '!done',
        `=ret=*${heard.find((word) => word.startsWith('=name='))?.slice(6)}`,
        tagOf(heard),
      );
    }
  })();
  const adds = (function* () {
    for (let count = 0; count < 10_000; count += 1) {
      most = Math.max(most, on.connection.load.inFlight + on.connection.load.waiting);
      yield { path: '/ppp/secret/add', attributes: { name: count.toString(16), password: 'x' } };
    }
  })();
  let count = 0;
  for await (const outcome of runAll(on.connection, adds)) {
    assert.ok(outcome.ok);
    assert.equal(outcome.reply.done.ret, `*${count.toString(16)}`);
    count += 1;
  }
  await router;
  assert.equal(count, 10_000);
  assert.ok(most <= 64, `${most} at a time`);
});

test('an abort before it was written sends nothing', async () => {
  await using on = await connectedRouter({ limits: { maxInFlight: 1 } });
  const first = on.connection.run(print);
  const abort = new AbortController();
  const second = on.connection.run({ path: '/ppp/secret/add' }, { signal: abort.signal });
  abort.abort('enough');
  await assert.rejects(
    second,
    (error: unknown) => error instanceof CommandAborted && error.cause === 'enough' && !error.mayHaveExecuted,
  );
  await assert.rejects(on.connection.run(print, { signal: AbortSignal.abort() }), CommandAborted);
  const third = on.connection.run({ path: '/log/print', reads: true });
  on.side.say('!done', tagOf(await on.side.hear()));
  await first;
  const heard = await on.side.hear();
  assert.equal(heard[0], '/log/print');
  on.side.say('!done', tagOf(heard));
  await third;
});

test('an abort after it was written settles at once and cancels it', async () => {
  await using on = await connectedRouter();
  const abort = new AbortController();
  const add = on.connection.run({ path: '/ppp/secret/add' }, { signal: abort.signal });
  const tag = tagOf(await on.side.hear());
  abort.abort();
  await assert.rejects(add, (error: unknown) => error instanceof CommandAborted && error.mayHaveExecuted);
  const cancel = await on.side.hear();
  assert.deepEqual(cancel, ['/cancel', `=tag=${tag.slice(5)}`, tagOf(cancel)]);
  on.side.say('!trap', '=category=2', '=message=interrupted', tag);
  on.side.say('!done', tagOf(cancel));
  on.side.say('!done', tag);
  const next = on.connection.run(print);
  on.side.say('!done', tagOf(await on.side.hear()));
  await next;
  assert.equal(on.connection.load.inFlight, 0);
  assert.equal(on.timers.size, 0);
});

test('a cancellation that crosses the end of its command harms nothing', async () => {
  await using on = await connectedRouter();
  const abort = new AbortController();
  const reply = on.connection.run(print, { signal: abort.signal });
  const tag = tagOf(await on.side.hear());
  const refused = assert.rejects(reply, CommandAborted);
  abort.abort();
  on.side.say('!re', '=name=budi', tag);
  on.side.say('!done', tag);
  const cancel = tagOf(await on.side.hear());
  on.side.say('!trap', '=message=no such tag', cancel);
  on.side.say('!done', cancel);
  await refused;
  const next = on.connection.run(print);
  on.side.say('!done', tagOf(await on.side.hear()));
  await next;
  assert.equal(on.connection.load.inFlight, 0);
});

test('what cannot be sent is refused, and the connection goes on', async () => {
  await using on = await connectedRouter();
  const refused = async (path: string, attributes = {}, more = {}) => {
    await assert.rejects(on.connection.run({ path, attributes, ...more }), InvalidInput);
  };
  await refused('ppp/secret/print');
  await refused('/ppp/secret/print\n');
  await refused('/ppp/secret/print =x');
  await refused('/ppp/secret/add', { 'na=me': 'x' });
  await refused('/ppp/secret/add', { '.tag': '1' });
  await refused('/ppp/secret/add', { name: 'a\0b' });
  await refused('/ppp/secret/remove', {}, { where: { is: 'present', name: 'name' } });
  assert.equal(on.connection.load.inFlight, 0);
  const next = on.connection.run(print);
  on.side.say('!done', tagOf(await on.side.hear()));
  await next;
});

test('closing fails what is under way, and says what may have been executed', async () => {
  await using on = await connectedRouter({ limits: { maxInFlight: 2 } });
  const ends = [{ path: '/ppp/secret/add' }, print, { path: '/ppp/secret/remove' }].map((command) =>
    on.connection.run(command).catch((error: unknown) => error),
  );
  await on.side.hear();
  on.connection.close();
  const errors = await Promise.all(ends);
  assert.deepEqual(
    errors.map((error) => error instanceof ConnectionLost && error.mayHaveExecuted),
    [true, false, false],
  );
  assert.ok((await on.connection.closed) instanceof ConnectionLost);
  assert.equal(on.connection.open, false);
  await assert.rejects(on.connection.run(print), ConnectionLost);
});

test('one signal may abort many commands', async () => {
  await using on = await connectedRouter();
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  const abort = new AbortController();
  const ends = Array.from({ length: 50 }, () =>
    on.connection.run(print, { signal: abort.signal }).catch((error: unknown) => error),
  );
  for (const _ of ends) await on.side.hear();
  abort.abort();
  assert.ok((await Promise.all(ends)).every((error) => error instanceof CommandAborted));
  for (const _ of ends) assert.equal((await on.side.hear())[0], '/cancel');
  process.off('warning', warn);
  assert.deepEqual(warnings, []);
});
