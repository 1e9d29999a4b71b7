import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { connectTo, loggedIn, tagOf } from '../../../test/support/scripted-client.ts';
import { type Router, startRouter } from './start-router.ts';

const menus = [
  'ppp/secret',
  'ppp/profile',
  'ppp/active',
  'queue/simple',
  'ip/pool',
  'ip/firewall/address-list',
  'ip/hotspot/user',
  'interface',
  'system/identity',
  'user',
  'log',
  'nowhere',
];
const verbs = ['print', 'add', 'set', 'remove', 'enable', 'disable', 'unset', 'comment', 'getall', '', 'x'];
const names = ['name', '.id', 'numbers', 'profile', 'disabled', 'comment', '.proplist', 'target', 'list'];
const more = ['address', 'timeout', 'count-only', 'value-name', '!comment', '__proto__', 'constructor', ''];
const values = [
  'a',
  'b',
  '*1',
  '*1,*2',
  'default',
  'yes',
  '10.0.0.1',
  '1h',
  '',
  'x=y',
  '<pppoe-a>',
  '__proto__',
];

const attribute = fc
  .tuple(fc.constantFrom(...names, ...more), fc.constantFrom(...values))
  .map(([name, value]) => `=${name}=${value}`);
const query = fc.constantFrom(
  '?name=a',
  '?>comment=',
  '?-name',
  '?#!',
  '?#&',
  '?#|',
  '?#0',
  '?__proto__',
  '?',
);
const command = fc
  .tuple(
    fc.constantFrom(...menus),
    fc.constantFrom(...verbs),
    fc.array(fc.oneof(attribute, query), { maxLength: 5 }),
  )
  .map(([menu, verb, words]) => [`/${menu}/${verb}`, ...words]);

test('whatever is asked is answered with one !done', async () => {
  await using router = await startRouter();
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 30 }), async (commands) => {
      await using client = await loggedIn(router.port);
      client.send(...commands.map((words, number) => [...words, `.tag=${number}`]));
      const replies = await client.replies(commands.length);
      const done = replies.filter(([kind]) => kind === '!done').map(tagOf);
      assert.deepEqual(done.toSorted(), commands.map((_, number) => `${number}`).toSorted());
      // Accounts may have been added, changed or taken away.
      if (router.table('/user').named('admin').length === 0)
        router.insert('/user', { name: 'admin', group: 'full' });
      for (const row of router.table('/user').named('admin'))
        router.table('/user').update(row, { disabled: 'false', group: 'full' });
    }),
    { numRuns: 60 },
  );
});

test('bytes that mean nothing end at most their own connection', async () => {
  await using router = await startRouter();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
      await using client = await connectTo(router.port);
      client.sendBytes(bytes);
      await using other = await loggedIn(router.port);
      assert.equal((await other.call('/system/identity/print')).length, 2);
    }),
    { numRuns: 100 },
  );
});

const users = ['a', 'b', 'c'];
const user = fc.constantFrom(...users);
type Step = (router: Router) => void;
const secretOf = (router: Router, name: string) => router.table('/ppp/secret').named(name)[0];

const step: fc.Arbitrary<Step> = fc.oneof(
  user.map(
    (username): Step =>
      (router) =>
        void router.connect({ username, password: 'x' }),
  ),
  user.map(
    (username): Step =>
      (router) =>
        router.plug({ username, password: 'x' }),
  ),
  user.map(
    (username): Step =>
      (router) =>
        router.unplug(username),
  ),
  user.map(
    (username): Step =>
      (router) => {
        const session = router.sessions.find((each) => each.username === username);
        if (session !== undefined) router.hangUp(session);
      },
  ),
  fc.tuple(user, fc.constantFrom('true', 'false')).map(
    ([name, disabled]): Step =>
      (router) => {
        const row = secretOf(router, name);
        if (row !== undefined) router.table('/ppp/secret').update(row, { disabled });
      },
  ),
  fc.tuple(user, fc.constantFrom('one', 'many', 'gone')).map(
    ([name, profile]): Step =>
      (router) => {
        const row = secretOf(router, name);
        if (row !== undefined) router.table('/ppp/secret').update(row, { profile });
      },
  ),
  fc.integer({ min: 1, max: 40 }).map(
    (seconds): Step =>
      (router) =>
        router.advance(seconds),
  ),
  fc.constant<Step>((router) => router.reboot()),
);

test('whatever happens, sessions and what they bring along come and go together', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      await using router = await startRouter({
        rebootSeconds: 20,
        rows: {
          'ip/pool': [
            { name: 'small', ranges: '10.0.9.9,10.0.0.2-10.0.0.3' },
            { name: 'next', ranges: '10.0.1.0/30' },
          ],
          'ppp/profile': [
            { name: 'one', 'remote-address': 'small', 'rate-limit': '1M/2M', 'only-one': 'yes' },
            { name: 'many', 'remote-address': 'next', 'rate-limit': '1M/2M', 'address-list': 'l' },
          ],
          'ppp/secret': users.map((name) => ({ name, password: 'x', profile: 'one' })),
        },
      });
      for (const act of steps) {
        act(router);
        const sessions = router.sessions;
        const dynamic = (path: string) =>
          [...router.table(path).rows()].filter((row) => row.values.dynamic === 'true').length;
        assert.equal(router.table('/ppp/active').size, sessions.length);
        assert.equal(router.table('/ip/pool/used').size, sessions.length);
        for (const path of ['/interface', '/queue/simple', '/ip/address'])
          assert.equal(dynamic(path), sessions.length);
        const isolated = sessions.filter(({ profile }) => profile === 'many').length;
        assert.equal(dynamic('/ip/firewall/address-list'), isolated);
        assert.equal(new Set(sessions.map(({ address }) => address)).size, sessions.length);
        for (const property of ['interfaceName', 'id'] as const)
          assert.equal(new Set(sessions.map((session) => session[property])).size, sessions.length);
      }
    }),
    { numRuns: 150 },
  );
});
