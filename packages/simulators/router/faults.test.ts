import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectTo, loggedIn, tagOf } from '../../../test/support/scripted-client.ts';
import { startRouter } from './start-router.ts';

test('answers in single bytes, and many answers in one packet, are read alike', async () => {
  await using router = await startRouter();
  for (const fault of [
    { do: 'split', bytes: 1 },
    { do: 'coalesce', milliseconds: 20 },
  ] as const) {
    const off = router.faults.add(fault);
    await using client = await loggedIn(router.port);
    const pieces: number[] = [];
    client.socket.on('data', (piece: Buffer) => pieces.push(piece.length));
    client.send(['/system/identity/print', '.tag=1'], ['/user/print', '.tag=2'], ['/system/identity/print']);
    assert.equal((await client.replies(3)).length, 6);
    if (fault.do === 'split') assert.ok(pieces.length > 20);
    else assert.equal(pieces.length, 1);
    off();
  }
});

test('a connection is hung, refused or reset where it is told to be', async () => {
  await using router = await startRouter();
  router.faults.add({ do: 'refuse', times: 1 });
  await assert.rejects(loggedIn(router.port));
  router.faults.add({ do: 'hang', times: 1 });
  await using hung = await connectTo(router.port);
  hung.send(['/login', '=name=admin', '=password=']);
  await using fine = await loggedIn(router.port);
  assert.equal((await fine.call('/system/identity/print')).length, 2);
  assert.equal(router.stats.logins, 1);
  router.faults.add({ do: 'reset after bytes', bytes: 40, times: 1 });
  await using cut = await loggedIn(router.port);
  cut.send(['/system/resource/print']);
  assert.equal(await cut.next(), undefined);
  assert.equal(await cut.over, 'ECONNRESET');
  router.limits.connections = router.stats.open;
  await assert.rejects(loggedIn(router.port));
});

test('a change is done or not when the connection is reset; the client cannot tell', async () => {
  await using router = await startRouter();
  for (const [when, done] of [
    ['before', 0],
    ['after', 1],
  ] as const) {
    router.faults.add({ do: 'reset', when, command: '/ppp/secret/add', times: 1 });
    await using client = await loggedIn(router.port);
    assert.deepEqual(await client.call('/ppp/secret/add', '=name=budi'), []);
    await client.over;
    assert.equal(router.table('/ppp/secret').size, done);
  }
});

test('the n-th command is struck, and no other', async () => {
  await using router = await startRouter();
  router.faults.add({ do: 'trap', message: 'interrupted', command: /secret\/add$/, skip: 1, times: 1 });
  await using client = await loggedIn(router.port);
  assert.equal(await client.trap('/ppp/secret/add', '=name=a'), undefined);
  assert.equal(await client.trap('/ppp/secret/add', '=name=b'), 'interrupted');
  assert.equal(await client.trap('/ppp/secret/add', '=name=b'), undefined);
});

test('logins are refused on demand', async () => {
  await using router = await startRouter();
  const off = router.faults.add({ do: 'trap', command: '/login', message: 'cannot log in' });
  await assert.rejects(loggedIn(router.port), /cannot log in/);
  off();
  await using client = await loggedIn(router.port);
  assert.ok(client);
});

test('a delayed answer is overtaken by the others; one that never comes keeps nobody', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  router.faults.add({ do: 'delay', milliseconds: 30, command: '/user/print' });
  router.faults.add({ do: 'answer nothing', command: '/ppp/secret/add' });
  client.send(
    ['/user/print', '.tag=slow'],
    ['/system/identity/print', '.tag=fast'],
    ['/ppp/secret/add', '=name=x'],
  );
  const tags = (await client.replies(2)).map(tagOf);
  assert.deepEqual(tags, ['fast', 'fast', 'slow', 'slow']);
  assert.equal(router.table('/ppp/secret').size, 1);
});

test('a lie is told as done, and a stale print shows what was', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  await client.call('/ppp/secret/add', '=name=budi');
  router.faults.add({ do: 'lie', command: '/ppp/secret/set' });
  assert.deepEqual(await client.call('/ppp/secret/set', '=.id=*1', '=disabled=yes'), [['!done']]);
  const disabled = async () => (await client.rows('/ppp/secret/print'))[0]?.disabled;
  assert.equal(await disabled(), 'false');
  router.faults.clear();
  const off = router.faults.add({ do: 'stale', command: '/ppp/secret/print' });
  await client.call('/ppp/secret/set', '=.id=*1', '=disabled=yes');
  await client.call('/ppp/secret/add', '=name=ani');
  assert.equal(await disabled(), 'false');
  assert.equal((await client.rows('/ppp/secret/print')).length, 1);
  off();
  assert.equal(await disabled(), 'true');
});

test('fatal closes, and garbage is no sentence', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  const other = router.faults.add({ do: 'fatal', message: 'too many sessions', connection: 99 });
  router.faults.add({ do: 'fatal', message: 'too many sessions', connection: 1, command: '/user/print' });
  assert.equal((await client.call('/system/identity/print')).length, 2);
  assert.deepEqual(await client.call('/user/print'), [['!fatal', 'too many sessions']]);
  await client.over;
  other();
  router.faults.add({ do: 'garble', bytes: Buffer.from('ff00ff', 'hex'), command: '/user/print' });
  await using victim = await loggedIn(router.port);
  const first = new Promise<Buffer>((resolve) => {
    victim.socket.removeAllListeners('data');
    victim.socket.once('data', resolve);
  });
  victim.send(['/user/print']);
  assert.equal((await first)[0], 0xff);
});

test('a slow print still lets others through', async () => {
  await using router = await startRouter();
  for (const name of ['a', 'b', 'c', 'd']) router.insert('/ppp/secret', { name });
  await using client = await loggedIn(router.port);
  router.faults.add({ do: 'slow print', milliseconds: 10, command: '/ppp/secret/print' });
  client.send(['/ppp/secret/print', '.tag=s'], ['/system/identity/print', '.tag=i']);
  const replies = await client.replies(2);
  assert.deepEqual(replies.map(tagOf), ['s', 'i', 'i', 's', 's', 's', 's']);
});
