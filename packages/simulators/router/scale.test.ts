import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedIn } from '../../../test/support/scripted-client.ts';
import { startRouter } from './start-router.ts';

const count = 10_000;

test('10,000 secrets are added, printed, found and removed over one connection in seconds', async (t) => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  const seconds = async (what: string, most: number, run: () => Promise<void>) => {
    const start = performance.now();
    await run();
    const taken = (performance.now() - start) / 1000;
    t.diagnostic(`${what}: ${taken.toFixed(3)} s`);
    // Several times what it takes on two busy cores: it is there to catch what grows with the square.
    assert.ok(taken < most, `${what} took ${taken} s`);
  };
  await seconds(`${count} adds pipelined`, 10, async () => {
    for (let number = 0; number < count; number += 1)
      client.send(['/ppp/secret/add', `=name=pelanggan-${number}`, '=password=rahasia', `.tag=${number}`]);
    assert.equal((await client.replies(count)).length, count);
  });
  await seconds(`${count} secrets printed`, 3, async () => {
    assert.equal((await client.rows('/ppp/secret/print')).length, count);
  });
  await seconds(`${count} secrets printed with .proplist`, 3, async () => {
    assert.equal((await client.rows('/ppp/secret/print', '=.proplist=.id,name,profile')).length, count);
  });
  await seconds('1,000 secrets found by name', 3, async () => {
    for (let number = 0; number < 1000; number += 1)
      client.send(['/ppp/secret/print', `?name=pelanggan-${number * 10}`]);
    assert.equal((await client.replies(1000)).length, 2000);
  });
  await seconds(`${count} secrets removed pipelined`, 10, async () => {
    for (let number = 1; number <= count; number += 1)
      client.send(['/ppp/secret/remove', `=.id=*${number.toString(16).toUpperCase()}`]);
    await client.replies(count);
    assert.equal(router.table('/ppp/secret').size, 0);
  });
});

test('10,000 devices dial, and dial again after a reboot', async (t) => {
  const names = Array.from({ length: count }, (_, number) => `pelanggan-${number}`);
  const start = performance.now();
  await using router = await startRouter({
    rebootSeconds: 30,
    cpe: names.map((username) => ({ username, password: 'r' })),
    rows: {
      'ip/pool': [{ name: 'p', ranges: '10.0.0.2-10.0.255.254' }],
      'ppp/profile': [{ name: 'x', 'remote-address': 'p', 'rate-limit': '5M/10M' }],
      'ppp/secret': names.map((name) => ({ name, password: 'r', profile: 'x' })),
    },
  });
  t.diagnostic(`${count} sessions up: ${((performance.now() - start) / 1000).toFixed(3)} s`);
  assert.equal(router.sessions.length, count);
  const again = performance.now();
  router.reboot();
  assert.equal(router.sessions.length, 0);
  router.advance(60);
  assert.equal(router.sessions.length, count);
  t.diagnostic(`rebooted and up again: ${((performance.now() - again) / 1000).toFixed(3)} s`);
});
