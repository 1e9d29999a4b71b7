import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { connectTo, loggedIn, tagOf, values } from '../../../test/support/scripted-client.ts';
import { encodeSentences } from './codec.ts';
import { startRouter } from './start-router.ts';

test('a secret is added, read, changed and removed', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  assert.deepEqual(await client.call('/ppp/secret/add', '=name=budi', '=password=r=1', '=service=pppoe'), [
    ['!done', '=ret=*1'],
  ]);
  const [secret] = await client.rows('/ppp/secret/print');
  assert.equal(secret?.['.id'], '*1');
  assert.equal(secret?.password, 'r=1');
  assert.equal(secret?.profile, 'default');
  assert.equal(secret?.disabled, 'false');
  assert.equal(secret?.comment, undefined);
  assert.deepEqual(await client.call('/ppp/secret/set', '=.id=*1', '=disabled=yes', '=comment=lunas'), [
    ['!done'],
  ]);
  const shown = await client.call('/ppp/secret/print', '=.proplist=name,disabled,comment', '?name=budi');
  assert.deepEqual(shown, [['!re', '=name=budi', '=disabled=true', '=comment=lunas'], ['!done']]);
  await client.call('/ppp/secret/enable', '=numbers=budi');
  await client.call('/ppp/secret/set', '=.id=*1', '=comment=');
  assert.deepEqual(await client.call('/ppp/secret/print', '=.proplist=disabled,comment'), [
    ['!re', '=disabled=false'],
    ['!done'],
  ]);
  await client.call('/ppp/secret/set', '=.id=*1', '=remote-address=10.0.0.9');
  await client.call('/ppp/secret/unset', '=.id=*1', '=value-name=remote-address');
  assert.equal((await client.rows('/ppp/secret/print'))[0]?.['remote-address'], undefined);
  assert.deepEqual(await client.call('/ppp/secret/remove', '=.id=*1'), [['!done']]);
  assert.deepEqual(await client.call('/ppp/secret/add', '=name=ani'), [['!done', '=ret=*2']]);
  assert.equal(router.stats.writes, 8);
  assert.equal(router.stats.commands.get('/ppp/secret/add'), 2);
});

test('refusals have RouterOS’s words and change nothing', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  await client.call('/ppp/secret/add', '=name=budi');
  const secret = (...words: string[]) => client.trap(`/ppp/secret/${words[0]}`, ...words.slice(1));
  assert.equal(await secret('add', '=name=budi'), 'failure: secret with the same name already exists');
  assert.equal(await secret('add', '=password=x'), 'missing =name=');
  assert.equal(await secret('add', '=name=x', '=profil=y'), 'unknown parameter');
  assert.equal(await secret('add', '=name=x', '=profile=y'), 'input does not match any value of profile');
  assert.equal(await secret('add', '=name=x', '=service=wifi'), 'input does not match any value of service');
  assert.equal(await secret('add', '=name=x', '=disabled=perhaps'), 'invalid value for argument disabled');
  assert.equal(await secret('set', '=.id=*9', '=comment=x'), 'no such item');
  assert.equal(await secret('set', '=comment=x'), 'missing =.id=');
  assert.equal(await secret('set', '=.id=*1,*9', '=comment=x'), 'no such item');
  assert.equal(await secret('remove', '=.id=*9'), 'no such item');
  assert.equal(await secret('frobnicate'), 'no such command');
  assert.equal(await client.trap('/ppp/active/add', '=name=x'), 'no such command');
  assert.equal(await client.trap('/ppp/secret/print', '=nonsense='), 'unknown parameter');
  await client.call('/ppp/secret/add', '=name=ani');
  assert.equal(
    await secret('set', '=.id=*2', '=name=budi'),
    'failure: secret with the same name already exists',
  );
  assert.deepEqual(await client.call('/ppp/secret/print', '=.proplist=.id,name,comment'), [
    ['!re', '=.id=*1', '=name=budi'],
    ['!re', '=.id=*2', '=name=ani'],
    ['!done'],
  ]);
  const trap = await client.call('/ppp/secret/set', '=.id=*9', '=comment=x', '.tag=7');
  assert.deepEqual(trap, [
    ['!trap', '.tag=7', '=category=0', '=message=no such item'],
    ['!done', '.tag=7'],
  ]);
});

test('an unknown menu is told as the release tells it', async () => {
  await using six = await startRouter({ version: '6.49' });
  await using seven = await startRouter({ version: '7.9' });
  await using old = await loggedIn(six.port);
  await using recent = await loggedIn(seven.port);
  assert.deepEqual(await old.call('/interface/wifi/print'), [
    ['!trap', '=message=no such command prefix'],
    ['!done'],
  ]);
  assert.deepEqual(await recent.call('/interface/wifi/print'), [
    ['!trap', '=category=0', '=message=no such command or directory (wifi)'],
    ['!trap', '=message=no such command prefix'],
    ['!done'],
  ]);
});

test('a print that finds nothing says so from 7.18 on, and dates are ISO from 7.10 on', async () => {
  for (const [version, empty, date] of [
    ['7.9', [['!done']], 'jan/01/1970 00:00:00'],
    ['7.20', [['!empty'], ['!done']], '1970-01-01 00:00:00'],
  ] as const) {
    await using router = await startRouter({ version });
    await using client = await loggedIn(router.port);
    assert.deepEqual(await client.call('/ppp/secret/print'), empty);
    await client.call('/ppp/secret/add', '=name=budi');
    assert.equal((await client.rows('/ppp/secret/print'))[0]?.['last-logged-out'], date);
  }
});

test('print counts, takes ids and lists of ids, and asks the index where it can', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  for (const name of ['a', 'b', 'c']) await client.call('/ppp/secret/add', `=name=${name}`);
  assert.deepEqual(await client.call('/ppp/secret/print', '=count-only='), [['!done', '=ret=3']]);
  assert.deepEqual(await client.call('/ppp/secret/print', '=count-only=', '?name=b'), [['!done', '=ret=1']]);
  const names = async (...words: string[]) =>
    (await client.rows('/ppp/secret/print', '=.proplist=name', ...words)).map(({ name }) => name).join('');
  assert.equal(await names('=from=*1,*3'), 'ac');
  assert.equal(await names('?.id=*2'), 'b');
  assert.equal(await names('?name=a', '?name=c', '?#|'), 'ac');
  assert.equal(await names('?-comment'), 'abc');
  await client.call('/ppp/secret/disable', '=.id=*1,*2');
  assert.equal(await names('?disabled=true'), 'ab');
  await client.call('/ppp/secret/remove', '=.id=*1,*3');
  assert.equal(await names(), 'b');
  assert.equal(await client.trap('/ppp/secret/print', '=from=*1'), 'no such item');
});

test('values are written back in RouterOS’s own way', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  await client.call(
    '/queue/simple/add',
    '=name=q',
    '=target=10.0.0.2/32',
    '=max-limit=5M/10M',
    '=priority=3',
  );
  const [queue] = await client.rows('/queue/simple/print');
  assert.equal(queue?.['max-limit'], '5000000/10000000');
  assert.equal(queue?.priority, '3/3');
  await client.call(
    '/ip/firewall/address-list/add',
    '=list=isolir',
    '=address=10.0.0.2/32',
    '=timeout=01:00:00',
  );
  const [entry] = await client.rows('/ip/firewall/address-list/print');
  assert.equal(entry?.address, '10.0.0.2');
  assert.equal(entry?.timeout, '1h');
  assert.equal(entry?.dynamic, 'true');
  assert.equal(
    await client.trap('/ip/firewall/address-list/add', '=list=isolir', '=address=10.0.0.2'),
    'failure: already have such entry',
  );
  assert.equal(await client.trap('/ip/pool/add', '=name=p', '=ranges=10.0.0.1-10.0.0.9'), undefined);
  assert.equal(
    await client.trap('/ip/pool/add', '=name=p', '=ranges=10.1.0.1'),
    'failure: pool with such name exists',
  );
});

test('what names a profile follows its new name, and shows its id when it is gone', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  const [added] = await client.call('/ppp/profile/add', '=name=10M');
  const id = values(added ?? []).ret ?? '';
  await client.call('/ppp/secret/add', '=name=budi', '=profile=10M');
  await client.call('/ppp/profile/set', `=.id=${id}`, '=name=10 Mega');
  const profile = async () => (await client.rows('/ppp/secret/print'))[0]?.profile;
  assert.equal(await profile(), '10 Mega');
  await client.call('/ppp/profile/remove', `=.id=${id}`);
  assert.equal(await profile(), id);
  assert.equal(
    await client.trap('/ppp/profile/remove', '=.id=default'),
    'failure: can not remove default profile',
  );
});

test('bytes of any code page come back as they were sent', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  const every = Buffer.from(Array.from({ length: 255 }, (_, at) => at + 1)).toString('latin1');
  await client.call('/ppp/secret/add', '=name=caf\xe9', `=comment=${every}`);
  const [secret] = await client.rows('/ppp/secret/print', '?name=caf\xe9');
  assert.equal(secret?.comment, every);
});

test('who may only read may change nothing', async () => {
  const accounts = [{ name: 'monitor', password: 'm', group: 'read' }];
  await using router = await startRouter({ accounts });
  await using client = await loggedIn(router.port, 'monitor', 'm');
  assert.equal(await client.trap('/ppp/secret/add', '=name=x'), 'not enough permissions (9)');
  assert.equal(await client.trap('/system/reboot'), 'not enough permissions (9)');
  const [user] = await client.rows('/user/print');
  assert.equal(user?.name, 'monitor');
  assert.equal(user?.password, undefined);
  assert.equal(router.stats.writes, 0);
});

test('single menus are one row without an id', async () => {
  await using router = await startRouter({ version: '6.49', identity: 'Menara 1' });
  await using client = await loggedIn(router.port);
  assert.deepEqual(await client.call('/system/identity/print'), [['!re', '=name=Menara 1'], ['!done']]);
  await client.call('/system/identity/set', '=name=Menara 2');
  assert.deepEqual(await client.rows('/system/identity/print'), [{ name: 'Menara 2' }]);
  router.advance(93_784);
  const [resource] = await client.rows('/system/resource/print');
  assert.equal(resource?.uptime, '1d2h3m4s');
  assert.equal(resource?.version, '6.49.18 (long-term)');
  assert.equal(await client.trap('/system/resource/set', '=uptime=0s'), 'no such command');
  await client.call('/radius/incoming/set', '=accept=yes');
  assert.deepEqual(await client.rows('/radius/incoming/print'), [{ accept: 'true', port: '3799' }]);
});

test('commands that arrive cut anywhere, or many at once, are all answered in their order', async () => {
  await using router = await startRouter();
  let serial = 0;
  const names = fc.array(fc.stringMatching(/^[a-z]{1,200}$/), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      names,
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      async (made, cuts) => {
        await using client = await connectTo(router.port);
        const commands = made.map((name) => {
          serial += 1;
          return ['/ppp/secret/add', `=name=${name}${serial}`, `.tag=${serial}`];
        });
        const bytes = encodeSentences([['/login', '=name=admin', '=password='], ...commands]);
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1;
          client.sendBytes(bytes.subarray(at, at + size));
          at += size;
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        const replies = await client.replies(made.length + 1);
        assert.deepEqual(replies.slice(1).map(tagOf), commands.map(tagOf));
        assert.ok(replies.every(([kind]) => kind === '!done'));
      },
    ),
    { numRuns: 30 },
  );
  assert.equal(router.table('/ppp/secret').size, serial);
});
