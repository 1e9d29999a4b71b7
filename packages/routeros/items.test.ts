import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  absent,
  and,
  equals,
  greaterThan,
  InvalidInput,
  interfaces,
  itemsOf,
  monitorTraffic,
  not,
  or,
  ProtocolError,
  pppActive,
  pppSecrets,
  present,
  readHealth,
  readIdentity,
  readResource,
  readTraffic,
  simpleQueues,
} from '#routeros';
import { type ConnectedRouter, connectedRouter, tagOf } from '../../test/support/connected-router.ts';
import { queryWords } from './query.ts';

/** Hears a command without its tag, and answers it with these rows. */
async function answer(
  { side }: ConnectedRouter,
  ...rows: readonly (readonly string[])[]
): Promise<readonly string[]> {
  const heard = await side.hear();
  for (const row of rows) side.say('!re', ...row, tagOf(heard));
  side.say('!done', '=ret=*A', tagOf(heard));
  return heard.slice(0, -1);
}

test('queries are written for the router’s stack machine', () => {
  const words = (query: Parameters<typeof queryWords>[0]) =>
    queryWords(query).map(
      ({ prefix, name, value }) => `${prefix}${name}${value === undefined ? '' : `=${value}`}`,
    );
  assert.deepEqual(words(equals('name', 'budi')), ['?name=budi']);
  assert.deepEqual(words(equals('comment', '')), ['?comment=']);
  assert.deepEqual(words(present('comment')), ['?comment']);
  assert.deepEqual(words(absent('comment')), ['?-comment']);
  assert.deepEqual(words(greaterThan('rx-byte', '10')), ['?>rx-byte=10']);
  assert.deepEqual(words(not(or(equals('a', '1'), equals('b', '2'), present('c')))), [
    '?a=1',
    '?b=2',
    '?c',
    '?#|',
    '?#|',
    '?#!',
  ]);
  assert.deepEqual(words(and(present('a'), not(present('b')))), ['?a', '?b', '?#!', '?#&']);
  assert.throws(() => and(), RangeError);
});

test('secrets are read with their types, and only what is asked for', async () => {
  await using on = await connectedRouter();
  const secrets = itemsOf(on.connection, pppSecrets);
  const found = secrets.print({ fields: ['name', 'disabled', 'comment'], where: equals('name', 'budi') });
  const heard = await answer(on, ['=.id=*1', '=name=budi', '=disabled=true']);
  assert.deepEqual(heard, ['/ppp/secret/print', '=.proplist=.id,name,disabled,comment', '?name=budi']);
  assert.deepEqual(await found, [{ '.id': '*1', name: 'budi', disabled: true, comment: '' }]);

  const names: string[] = [];
  const all = (async () => {
    for await (const { name } of secrets.each({ fields: ['name'] })) names.push(name);
  })();
  await answer(on, ['=.id=*1', '=name=budi'], ['=.id=*2', '=name=siti']);
  await all;
  assert.deepEqual(names, ['budi', 'siti']);
});

test('items are added, changed, switched and removed', async () => {
  await using on = await connectedRouter();
  const secrets = itemsOf(on.connection, pppSecrets);
  const added = secrets.add({ name: 'budi', password: 'kunci', disabled: false, comment: undefined });
  assert.deepEqual(await answer(on), ['/ppp/secret/add', '=name=budi', '=password=kunci', '=disabled=no']);
  assert.equal(await added, '*A');
  const steps: readonly (readonly [Promise<void>, readonly string[]])[] = [
    [secrets.set('*A', { profile: '20 Mbps' }), ['/ppp/secret/set', '=profile=20 Mbps', '=.id=*A']],
    [secrets.disable('*A'), ['/ppp/secret/disable', '=.id=*A']],
    [secrets.enable(['*A', '*B']), ['/ppp/secret/enable', '=.id=*A,*B']],
    [secrets.remove('*A'), ['/ppp/secret/remove', '=.id=*A']],
  ];
  for (const [step, words] of steps) {
    assert.deepEqual(await answer(on), words);
    await step;
  }
  await secrets.remove([]);
  assert.equal(on.connection.load.inFlight, 0);
});

test('what is no id reaches nothing', async () => {
  await using on = await connectedRouter();
  const secrets = itemsOf(on.connection, pppSecrets);
  for (const id of ['', '0', 'budi', '*', '*1,*2', 'all']) {
    await assert.rejects(secrets.remove(id), InvalidInput, id);
    await assert.rejects(secrets.set(id, { name: 'x' }), InvalidInput, id);
  }
});

test('complaint 4: a queue without a target is not made, and none is emptied', async () => {
  await using on = await connectedRouter();
  const queues = itemsOf(on.connection, simpleQueues);
  const limit = { upload: 5e6, download: 1e7 };
  await assert.rejects(queues.add({ name: 'budi', 'max-limit': limit }), /target is empty/);
  for (const target of ['', ' ', '10.0.0.2/32,']) {
    await assert.rejects(queues.add({ name: 'budi', target }), /target is empty/);
    await assert.rejects(queues.set('*1', { target }), /target is empty/);
  }
  const changed = queues.set('*1', { 'max-limit': limit, 'burst-time': { upload: 8000, download: 8000 } });
  assert.deepEqual(await answer(on), [
    '/queue/simple/set',
    '=max-limit=5M/10M',
    '=burst-time=8s/8s',
    '=.id=*1',
  ]);
  await changed;
  const read = queues.print({ fields: ['target', 'max-limit', 'bytes', 'burst-time'] });
  await answer(on, [
    '=.id=*1',
    '=target=10.0.0.2/32',
    '=max-limit=5000000/10000000',
    '=bytes=1/18446744073709551615',
    '=burst-time=0s/8s',
  ]);
  assert.deepEqual(await read, [
    {
      '.id': '*1',
      target: '10.0.0.2/32',
      'max-limit': limit,
      bytes: { upload: 1n, download: 18446744073709551615n },
      'burst-time': { upload: 0, download: 8000 },
    },
  ]);
});

test('a value that cannot be read names the property, not the value', async () => {
  await using on = await connectedRouter();
  const read = itemsOf(on.connection, interfaces).print({ fields: ['rx-byte'] });
  const refused = assert.rejects(read, (error: unknown) => {
    assert.ok(error instanceof ProtocolError);
    assert.equal(error.message, '/interface: Its rx-byte is not a counter');
    return true;
  });
  await answer(on, ['=.id=*1', '=rx-byte=many']);
  await refused;
});

test('listening tells what changed and what is gone, until the loop is left', async () => {
  await using on = await connectedRouter();
  const changes = itemsOf(on.connection, pppActive).listen();
  const heard = await on.side.hear();
  assert.equal(heard[0], '/ppp/active/listen');
  assert.match(heard[1] ?? '', /^=\.proplist=\.id,name,.*,\.dead$/);
  const tag = tagOf(heard);
  on.side.say('!re', '=.id=*8', '=name=budi', '=uptime=1h2m', tag);
  on.side.say('!re', '=.id=*8', '=.dead=yes', tag);
  const seen: unknown[] = [];
  for await (const change of changes) {
    seen.push(change.kind === 'removed' ? change.id : [change.item.name, change.item.uptime]);
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen, [['budi', 3_720_000], '*8']);
  assert.equal((await on.side.hear())[0], '/cancel');
});

test('identity, resource, health of both generations, and traffic', async () => {
  await using on = await connectedRouter();
  const name = readIdentity(on.connection);
  assert.deepEqual(await answer(on, ['=name=Pusat']), ['/system/identity/print', '=.proplist=name']);
  assert.equal(await name, 'Pusat');

  const resource = readResource(on.connection);
  await answer(on, ['=uptime=1w2d', '=version=7.18.2 (stable)', '=cpu-load=7', '=free-memory=1073741824']);
  const read = await resource;
  assert.deepEqual(
    [
      read.uptime,
      read.version,
      read['cpu-load'],
      read['free-memory'],
      read['total-memory'],
      read['board-name'],
    ],
    [777_600_000, '7.18.2 (stable)', 7, 1_073_741_824, undefined, ''],
  );

  const seven = readHealth(on.connection);
  await answer(on, ['=.id=*1', '=name=temperature', '=value=41', '=type=C']);
  assert.deepEqual(await seven, [{ name: 'temperature', value: '41', unit: 'C' }]);
  const six = readHealth(on.connection);
  await answer(on, ['=voltage=24.1', '=temperature=41']);
  assert.deepEqual(await six, [
    { name: 'voltage', value: '24.1', unit: '' },
    { name: 'temperature', value: '41', unit: '' },
  ]);

  const once = readTraffic(on.connection, 'ether1');
  const heard = await answer(on, ['=name=ether1', '=rx-bits-per-second=1000']);
  assert.deepEqual(heard, ['/interface/monitor-traffic', '=interface=ether1', '=once=']);
  assert.equal((await once)?.['rx-bits-per-second'], 1000n);

  const traffic = monitorTraffic(on.connection, 'ether1');
  const first = traffic.next();
  on.side.say('!re', '=tx-bits-per-second=5', tagOf(await on.side.hear()));
  assert.equal((await first).value?.['tx-bits-per-second'], 5n);
  await traffic.return();
  assert.equal((await on.side.hear())[0], '/cancel');
});
