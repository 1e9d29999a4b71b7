import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { takeLock } from '../../agent/state/lock.ts';
import { recall } from '../../agent/state/memory.ts';
import { openState } from '../../agent/state/open-state.ts';
import { noticesWorld, secret } from './notices-world.ts';

// People are told outside of the application, by channels that may be slow, broken or gone, and no secret goes with it.

let world: Awaited<ReturnType<typeof noticesWorld>>;
before(async () => {
  world = await noticesWorld();
});
after(() => world?.[Symbol.asyncDispose]());
beforeEach(() => world.calm());

test('a new version is told once by mail, Slack and a signed webhook', async () => {
  using at = world.site();
  assert.equal((await at.run('update:check', '--scheduled')).json.update_available, true);
  await at.run('update:check', '--scheduled');
  await at.run('ota:heartbeat');
  assert.deepEqual(
    at
      .got()
      .map(({ channel }) => channel)
      .sort(),
    ['email', 'slack', 'webhook'],
  );
  const [mail] = at.by('email');
  assert.match(String(mail?.headers.subject), /^Hotel Melati: Versi 1\.1\.0 tersedia/);
  assert.match(String(mail?.headers.from), /<agen@example\.com>/);
  assert.match(at.by('slack')[0]?.text ?? '', /Version 1\.1\.0 is available/);
  const [hook] = at.by('webhook');
  const [, seconds, signature] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(hook?.headers['nadi-signature'])) ?? [];
  assert.equal(seconds, String(world.now().epochMilliseconds / 1000));
  assert.equal(signature, createHmac('sha256', secret).update(`${seconds}.${hook?.body}`).digest('hex'));
  const body = JSON.parse(hook?.body ?? '');
  assert.partialDeepStrictEqual(body, {
    event: 'new_version',
    created_at: '2026-01-15T03:00:00.000Z',
    data: { installation: 'Hotel Melati', version: '1.1.0' },
  });
  assert.equal(hook?.headers['nadi-message-id'], body.id);
});

test('a channel that is down stops no other, is asked less and less often, and gets all of it in order later', async () => {
  using at = world.site();
  const up = world.messages.faults.add({ do: 'fail', status: 503, call: /services/ });
  at.tell('pertama');
  at.tell('kedua');
  await at.send();
  assert.deepEqual([at.by('email').length, at.by('webhook').length, at.by('slack').length], [2, 2, 0]);
  const { json } = await at.run('notices:list');
  assert.deepEqual(json.channels, [
    { channel: 'email', waiting: 0, fault: null },
    { channel: 'slack', waiting: 2, fault: 'HTTP 503' },
    { channel: 'webhook', waiting: 0, fault: null },
  ]);
  up();
  await at.send();
  assert.equal(at.by('slack').length, 0);
  world.later(1);
  await at.send();
  assert.deepEqual(
    at.by('slack').map(({ text }) => text.split('\n').at(-1)),
    ['pertama', 'kedua'],
  );
});

test('rests grow up to an hour, and a clock that was set back ends them', async () => {
  using at = world.site({ notices: { email: undefined, webhook: undefined } });
  world.messages.faults.add({ do: 'fail', status: 500, call: /services/ });
  at.tell('sesuatu');
  const triesAfter = async (minutes: number) => {
    world.later(minutes);
    await at.send();
    using state = openState(at.folder);
    return recall(state.db, 'notices by slack', z.looseObject({ tries: z.number() }))?.tries;
  };
  const tries: unknown[] = [];
  for (const minutes of [0, 0, 1, 1, 1, 64]) tries.push(await triesAfter(minutes));
  assert.deepEqual(tries, [1, 1, 2, 2, 3, 4]);
  world.later(-48 * 60);
  world.messages.faults.clear();
  await at.send();
  assert.equal(at.by('slack').length, 1);
  world.later(48 * 60);
});

test('a letter that is refused again and again is given up, and those behind it have their turn', async () => {
  using at = world.site({ notices: { slack: undefined, webhook: undefined } });
  world.messages.mailFaults.add({ do: 'refuse', code: 550, times: 3 });
  at.tell('ditolak');
  at.tell('diterima');
  for (let n = 0; n < 4; n += 1) {
    await at.send();
    world.later(64);
  }
  assert.deepEqual(
    at.by('email').map(({ text }) => text.split('\n')[0]),
    ['diterima'],
  );
});

test('an answer that was lost sends the same letter again, by which the receiver knows it', async () => {
  using at = world.site({ notices: { slack: undefined } });
  world.messages.faults.add({ do: 'reset', when: 'after', times: 1, call: /hook/ });
  world.messages.mailFaults.add({ do: 'reset', when: 'after', times: 1 });
  at.tell('sekali');
  await at.send();
  world.later(2);
  await at.send();
  world.later(2);
  await at.send();
  const ids = (channel: string, name: string) => at.by(channel).map(({ headers }) => headers[name]);
  for (const [channel, name] of [
    ['webhook', 'nadi-message-id'],
    ['email', 'message-id'],
  ] as const) {
    const [first, second, ...more] = ids(channel, name);
    assert.equal(first, second, channel);
    assert.equal(more.length, 0);
  }
});

test('whoever hangs is cut when the agent is told to stop, and gets it with the next round', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo; // It listens on a port.
  try {
    using at = world.site({ env: { MAIL_PORT: String(port) } });
    world.messages.faults.add({ do: 'hang', times: 2 });
    at.tell('lambat');
    const begun = performance.now();
    await at.send(AbortSignal.timeout(300));
    assert.ok(performance.now() - begun < 5000);
    assert.equal(at.got().length, 0);
    const cutAgain = AbortSignal.timeout(300);
    await at.send(cutAgain);
    assert.deepEqual([at.by('slack').length, at.by('webhook').length], [1, 1]);
    const { json } = await at.run('notices:list');
    assert.partialDeepStrictEqual(json.channels, [{ channel: 'email', waiting: 1, fault: null }]);
  } finally {
    silent.close();
  }
});

test('two agents at the same time send nothing twice', async () => {
  using at = world.site();
  at.tell('satu');
  {
    using _other = takeLock(join(at.folder, 'notices'));
    await at.send();
    assert.equal(at.got().length, 0);
  }
  await Promise.all([at.send(), at.send()]);
  assert.equal(at.got().length, 3);
});

test('no secret and nothing that a command printed leaves the machine', async () => {
  using at = world.site({ env: { DB_PASSWORD: 'kata-sandi-db' } });
  at.tell(`migrate: "mysql -pkata-sandi-db" ended with 1.\nAPP_KEY=rahasia sekali`);
  at.tell('Baris satu\nBaris dua <!channel>', 'server_message');
  await at.send();
  const all = JSON.stringify(at.got());
  assert.doesNotMatch(all, /kata-sandi-db|APP_KEY/);
  assert.match(all, /mysql -p…/);
  assert.match(at.by('email')[1]?.text ?? '', /Baris satu\nBaris dua/);
  assert.match(at.by('slack')[1]?.text ?? '', /&lt;!channel&gt;/);
});
