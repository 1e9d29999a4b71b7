import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedIn, tagOf, values } from '../../../test/support/scripted-client.ts';
import { startRouter } from './start-router.ts';

test('listen tells what is added, changed and gone, until it is cancelled', async () => {
  await using router = await startRouter({ version: '6.49' });
  await using client = await loggedIn(router.port);
  client.send(['/ppp/secret/listen', '=.proplist=.id,name,disabled', '.tag=l']);
  await client.call('/ppp/secret/add', '=name=budi', '.tag=1').then((replies) =>
    assert.deepEqual(replies, [
      ['!re', '=.id=*1', '=name=budi', '=disabled=false', '.tag=l'],
      ['!done', '=ret=*1', '.tag=1'],
    ]),
  );
  assert.deepEqual(await client.call('/ppp/secret/disable', '=.id=*1', '.tag=2'), [
    ['!re', '=.id=*1', '=name=budi', '=disabled=true', '.tag=l'],
    ['!done', '.tag=2'],
  ]);
  assert.deepEqual(await client.call('/ppp/secret/remove', '=.id=*1', '.tag=3'), [
    ['!re', '=.id=*1', '=.dead=yes', '.tag=l'],
    ['!done', '.tag=3'],
  ]);
  client.send(['/cancel', '=tag=l', '.tag=4']);
  assert.deepEqual(await client.replies(2), [
    ['!trap', '=category=2', '=message=interrupted', '.tag=l'],
    ['!done', '.tag=4'],
    ['!done', '.tag=l'],
  ]);
  assert.deepEqual(await client.call('/ppp/secret/add', '=name=ani', '.tag=5'), [
    ['!done', '=ret=*2', '.tag=5'],
  ]);
});

test('RouterOS 7 puts the tag first, and says of what is gone that it is true', async () => {
  await using router = await startRouter({ version: '7.20' });
  await using client = await loggedIn(router.port);
  router.insert('/ppp/secret', { name: 'budi' });
  client.send(['/ppp/secret/listen', '.tag=l'], ['/ppp/secret/remove', '=.id=*1', '.tag=1']);
  assert.deepEqual(await client.replies(), [
    ['!re', '.tag=l', '=.id=*1', '=.dead=true'],
    ['!done', '.tag=1'],
  ]);
});

test('sessions, their interfaces and the log can be listened to', async () => {
  await using router = await startRouter({
    rows: { 'ppp/secret': [{ name: 'budi', 'remote-address': '10.0.0.2' }] },
  });
  await using client = await loggedIn(router.port);
  client.send(['/ppp/active/listen', '.tag=a'], ['/interface/listen', '.tag=i'], ['/log/listen', '.tag=g']);
  await client.call('/system/identity/print');
  const { session } = router.connect({ username: 'budi', password: '' });
  if (session !== undefined) router.hangUp(session);
  client.send(['/system/identity/print', '.tag=end']);
  const seen: string[] = [];
  for (let words = await client.next(); tagOf(words) !== 'end'; words = await client.next()) {
    const { name, message, '.dead': dead } = values(words ?? []);
    seen.push(`${tagOf(words)} ${name ?? message ?? dead}`);
  }
  assert.ok(seen.includes('a budi') && seen.includes('a true'));
  assert.ok(seen.includes('i <pppoe-budi>') && seen.includes('i true'));
  assert.ok(seen.includes('g <pppoe-budi>: disconnected'));
});

test('replies of different tags come side by side, and a long print can be cancelled', async () => {
  await using router = await startRouter();
  for (let number = 0; number < 5000; number += 1) router.insert('/ppp/secret', { name: `p${number}` });
  await using client = await loggedIn(router.port);
  client.send(['/ppp/secret/print', '.tag=long'], ['/system/identity/print', '.tag=short']);
  const replies = await client.replies(2);
  const last = (tag: string) => replies.findLastIndex((words) => tagOf(words) === tag);
  assert.ok(last('short') < last('long'));
  assert.equal(replies.length, 5003);
  client.send(['/ppp/secret/print', '.tag=long'], ['/cancel', '=tag=long', '.tag=c']);
  const cancelled = await client.replies(2);
  assert.ok(cancelled.length < 5000);
  assert.ok(cancelled.some((words) => words.includes('=message=interrupted')));
});

test('traffic is told once, or each time the clock moves', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  const [now] = await client.rows('/interface/monitor-traffic', '=interface=ether1', '=once=');
  assert.equal(now?.name, 'ether1');
  assert.ok(Number(now?.['rx-bits-per-second']) > 1_000_000);
  assert.equal(
    await client.trap('/interface/monitor-traffic', '=interface=ether9', '=once='),
    'input does not match any value of interface',
  );
  client.send(['/interface/monitor-traffic', '=interface=ether1', '.tag=m']);
  await client.next();
  router.advance(1);
  assert.equal(tagOf(await client.next()), 'm');
  client.send(['/cancel', '=tag=m', '.tag=c']);
  assert.equal((await client.replies(2)).length, 3);
  const told = await client.rows('/interface/monitor-traffic', '=interface=ether1', '=duration=3s');
  assert.deepEqual(
    told.map((words) => words['.section']),
    ['0', '1', '2'],
  );
});

test('ping answers for sessions, not for addresses that nobody has', async () => {
  await using router = await startRouter({
    rows: {
      'ip/pool': [{ name: 'p', ranges: '10.0.0.2-10.0.0.9' }],
      'ppp/profile': [{ name: 'x', 'remote-address': 'p' }],
      'ppp/secret': [{ name: 'budi', profile: 'x' }],
    },
  });
  router.connect({ username: 'budi', password: '' });
  await using client = await loggedIn(router.port);
  const received = async (address: string) =>
    (await client.rows('/ping', `=address=${address}`, '=count=3')).at(-1)?.received;
  assert.equal(await received('10.0.0.2'), '3');
  assert.equal(await received('10.0.0.3'), '0');
  assert.equal(await received('8.8.8.8'), '3');
});

test('a client that does not read does not fill the memory', async () => {
  await using router = await startRouter();
  for (let number = 0; number < 20_000; number += 1) router.insert('/ppp/secret', { name: `p${number}` });
  await using client = await loggedIn(router.port);
  client.socket.pause();
  for (let turn = 0; turn < 10; turn += 1) client.send(['/ppp/secret/print', `.tag=${turn}`]);
  await using other = await loggedIn(router.port);
  for (let turn = 0; turn < 200; turn += 1) await other.call('/system/identity/print');
  const sent = router.stats.bytesSent;
  assert.ok(sent < 30_000_000, `${sent} bytes were sent to a client that does not read`);
  client.socket.resume();
  assert.equal((await client.replies(10)).length, 200_010);
});
