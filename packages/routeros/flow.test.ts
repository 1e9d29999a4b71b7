import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CommandAborted, encodeSentence, ReplyTooLarge, RouterTimeout } from '#routeros';
import { type ConnectedRouter, connectedRouter, tagOf } from '../../test/support/connected-router.ts';

const everything = { path: '/log/print', attributes: { '.proplist': '.id,message' }, reads: true };
const lagBytes = 100_000;
const message = 'x'.repeat(100);

interface Flood {
  /** Bytes that were given to the socket, and how often it was full. */
  bytes: number;
  full: number;
}

/** Sends rows as fast as they are taken; then `!done`. Ends early when the client goes. */
async function flood({ side }: ConnectedRouter, tag: string, rows: number, told: Flood): Promise<void> {
  const batch = 500;
  for (let sent = 0; sent < rows && !side.socket.destroyed; sent += batch) {
    const bytes = Buffer.concat(
      Array.from({ length: Math.min(batch, rows - sent) }, (_, index) =>
        encodeSentence(
          ['!re', `=.id=*${(sent + index).toString(16)}`, `=message=${message}`, tag].map((word) =>
            Buffer.from(word),
          ),
        ),
      ),
    );
    told.bytes += bytes.length;
    if (side.socket.write(bytes)) await turn();
    else {
      told.full += 1;
      await Promise.race([new Promise((resolve) => side.socket.once('drain', resolve)), side.closed]);
    }
  }
  if (!side.socket.destroyed) side.say('!done', tag);
}

test('a consumer that lags holds the router back, and then gets every row', async (t) => {
  await using on = await connectedRouter({ limits: { lagBytes } });
  const rows = on.connection.stream(everything);
  const told = { bytes: 0, full: 0 };
  const total = 400_000;
  const flooding = flood(on, tagOf(await on.side.hear()), total, told);
  // Nobody takes a row: reading stops, and after the sockets' buffers are full, writing does.
  while (!on.connection.load.paused || told.full === 0 || on.side.socket.writableLength === 0) await turn();
  const stuck = told.bytes;
  for (let turns = 0; turns < 200; turns += 1) await turn();
  assert.equal(told.bytes, stuck, 'the router is held back');
  const all = total * 120;
  assert.ok(stuck < all / 2, `${stuck} of ${all} bytes were sent`);
  // Silence while we do not listen is no fault of the router.
  on.timers.advance(60_000);

  let count = 0;
  let most = 0;
  for await (const row of rows) {
    assert.equal(row['.id'], `*${count.toString(16)}`);
    count += 1;
    if (count % 1000 === 0) {
      most = Math.max(most, on.connection.load.heldBytes);
      await turn();
    }
  }
  await flooding;
  t.diagnostic(`${count} rows; at most ${most} bytes held; ${stuck} bytes sent while nobody read`);
  assert.equal(count, total);
  // What one read of the socket brings comes on top; rows count more than their bytes.
  assert.ok(most < lagBytes + 4 * 65_536, `${most} bytes were held`);
  assert.equal(on.connection.load.heldBytes, 0);
});

test('after a pause, the router has all of its time to go on', async () => {
  await using on = await connectedRouter({ limits: { lagBytes: 1000 } });
  await using rows = on.connection.stream(everything);
  const tag = tagOf(await on.side.hear());
  const sent = 20;
  for (let count = 0; count < sent; count += 1) on.side.say('!re', `=message=${message}`, tag);
  while (!on.connection.load.paused) await turn();
  on.timers.advance(15_000);
  while (on.connection.load.paused) await rows.next();
  on.timers.advance(9_999);
  assert.equal(on.connection.load.inFlight, 1);
  on.timers.advance(1);
  // The command is cancelled now, and the rest of its rows dropped.
  await assert.rejects(rows.next(), RouterTimeout);
});

test('a loop over rows may run a command for each: the lag does not lock it', async () => {
  await using on = await connectedRouter({ limits: { lagBytes } });
  const told = { bytes: 0, full: 0 };
  let answered = 0;
  const router = (async () => {
    const flooding = flood(on, tagOf(await on.side.hear()), 5000, told);
    for (; answered < 5000; answered += 1) on.side.say('!done', tagOf(await on.side.hear()));
    await flooding;
  })();
  let count = 0;
  for await (const row of on.connection.stream(everything)) {
    await on.connection.run({ path: '/ppp/secret/set', attributes: { '.id': row['.id'] } });
    count += 1;
  }
  await router;
  assert.equal(count, 5000);
});

test('an answer beyond what may be held is cancelled, and the others go on', async () => {
  await using on = await connectedRouter({ limits: { maxHeldBytes: 1_000_000 } });
  const told = { bytes: 0, full: 0 };
  const huge = assert.rejects(
    on.connection.run(everything),
    (error: unknown) => error instanceof ReplyTooLarge && /1000000 bytes/.test(error.message),
  );
  const tag = tagOf(await on.side.hear());
  const other = on.connection.run(everything);
  const otherTag = tagOf(await on.side.hear());
  on.side.say('!re', '=message=small', otherTag);
  const flooding = flood(on, tag, 20_000, told);
  await huge;
  assert.equal((await on.side.hear())[0], '/cancel');
  await flooding;
  on.side.say('!done', otherTag);
  assert.equal((await other).rows.length, 1);
  assert.equal(on.connection.load.heldBytes, 0);
});

test('a router that floods on after a cancellation is left', async () => {
  await using on = await connectedRouter({ limits: { maxHeldBytes: 100_000 } });
  const told = { bytes: 0, full: 0 };
  const huge = assert.rejects(on.connection.run(everything), ReplyTooLarge);
  const flooding = flood(on, tagOf(await on.side.hear()), Number.POSITIVE_INFINITY, told);
  await huge;
  on.timers.advance(5_000);
  await on.connection.closed;
  await flooding;
  assert.equal(on.connection.load.heldBytes, 0);
});

test('leaving a loop cancels the command, drops its rows, and lets the connection go on', async () => {
  await using on = await connectedRouter({ limits: { lagBytes: 1000 } });
  const rows = on.connection.stream(everything);
  const tag = tagOf(await on.side.hear());
  for (let count = 0; count < 100; count += 1) on.side.say('!re', `=message=${count}`, tag);
  for await (const row of rows) {
    assert.equal(row.message, '0');
    break;
  }
  const cancel = await on.side.hear();
  assert.equal(cancel[0], '/cancel');
  assert.equal(on.connection.load.heldBytes, 0);
  on.side.say('!trap', '=category=2', tag);
  on.side.say('!done', tag);
  on.side.say('!done', tagOf(cancel));
  await assert.rejects(rows.next(), CommandAborted);
  const next = on.connection.run(everything);
  on.side.say('!done', tagOf(await on.side.hear()));
  await next;
  assert.deepEqual({ ...on.connection.load }, { inFlight: 0, waiting: 0, heldBytes: 0, paused: false });
});

test('rows of an answer that has ended are dropped, too, when nobody wants them', async () => {
  await using on = await connectedRouter();
  const rows = on.connection.stream(everything);
  const tag = tagOf(await on.side.hear());
  on.side.say('!re', '=message=a', tag);
  on.side.say('!re', '=message=b', tag);
  on.side.say('!done', tag);
  await rows.next();
  const other = on.connection.run(everything);
  on.side.say('!done', tagOf(await on.side.hear()));
  await other;
  assert.ok(on.connection.load.heldBytes > 0);
  await rows.return();
  assert.equal(on.connection.load.heldBytes, 0);
});

test('a router that does not read holds the writer back: commands wait unwritten', async () => {
  await using on = await connectedRouter({ limits: { maxInFlight: 10_000 } });
  on.side.socket.pause();
  const comment = 'x'.repeat(50_000);
  const count = 1000;
  const replies = Array.from({ length: count }, () =>
    on.connection.run({ path: '/ppp/secret/set', attributes: { '.id': '*1', comment } }),
  );
  for (let turns = 0; turns < 200; turns += 1) await turn();
  const { inFlight, waiting } = on.connection.load;
  assert.ok(inFlight < count / 2 && waiting > count / 2, `${inFlight} written, ${waiting} waiting`);
  on.side.socket.resume();
  for (let answered = 0; answered < count; answered += 1) on.side.say('!done', tagOf(await on.side.hear()));
  await Promise.all(replies);
});
