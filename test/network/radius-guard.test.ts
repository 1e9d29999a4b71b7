import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { freeradiusMissing, pppoe, radclient, startFreeradius } from '../support/freeradius.ts';
import { addLine, secret, withFreeradius } from './radius-support.ts';

const options = { skip: freeradiusMissing };

test(
  'requests without a Message-Authenticator, and of routers that are not known, are not answered',
  options,
  async () => {
    await using world = await withFreeradius();
    await addLine(world.nadi, 'budi');
    const plain = pppoe('budi', 'User-Password = "sandi-budi"').filter(
      (line) => !line.startsWith('Message-'),
    );
    const patience = { tries: 1, seconds: 1 };
    assert.equal((await radclient(world.radius.port, 'auth', secret, plain, patience)).code, undefined);
    const signed = pppoe('budi', 'User-Password = "sandi-budi"');
    assert.equal(
      (await radclient(world.radius.port, 'auth', 'wrong secret', signed, patience)).code,
      undefined,
    );
    await world.nadi.kit.pool.query(`update router_settings set host = '192.0.2.9'`);
    await using elsewhere = await startFreeradius(world.nadi);
    assert.equal((await radclient(elsewhere.port, 'auth', secret, signed, patience)).code, undefined);
  },
);

test(
  'old routers without Message-Authenticator are served where that is chosen, and answers still have one',
  options,
  async () => {
    await using world = await withFreeradius({ requireMessageAuthenticator: false });
    await addLine(world.nadi, 'budi');
    const plain = pppoe('budi', 'User-Password = "sandi-budi"').filter(
      (line) => !line.startsWith('Message-'),
    );
    const answer = await world.ask(...plain);
    assert.equal(answer.code, 'Access-Accept');
    assert.ok(answer.attributes.some((line) => line.startsWith('Message-Authenticator')));
  },
);

test('answers are noted without passwords', options, async () => {
  await using world = await withFreeradius();
  const { nadi, logIn } = world;
  await addLine(nadi, 'budi');
  await logIn('budi');
  await logIn('budi', 'Salah-Sekali-77');
  await logIn('nobody', 'Salah-Sekali-77');
  const { rows } = await nadi.kit.pool.query(`select username, reply, reason from radpostauth order by id`);
  assert.deepEqual(
    rows.map(({ username, reply }) => [username, reply]),
    [
      ['budi', 'Access-Accept'],
      ['budi', 'Access-Reject'],
      ['nobody', 'Access-Reject'],
    ],
  );
  assert.match(rows[2].reason, /No such account/);
  const all =
    JSON.stringify((await nadi.kit.pool.query('select * from radpostauth')).rows) +
    (await world.radius.log());
  for (const password of ['Salah-Sekali-77', 'sandi-budi', secret])
    assert.ok(!all.includes(password), password);
});

test('the role of FreeRADIUS reads the views, and nothing else', options, async () => {
  await using world = await withFreeradius();
  const { nadi } = world;
  await addLine(nadi, 'budi');
  const url = (nadi.kit.config.databaseUrl ?? '').replace('//nadi@', '//nadi_radius@');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select value from radius.radcheck where attribute = 'Cleartext-Password'`,
    );
    assert.deepEqual(rows, [{ value: 'sandi-budi' }]);
    const tables = await nadi.kit.pool.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c where relnamespace in ('public'::regnamespace, 'radius'::regnamespace, 'graphile_worker'::regnamespace)
         and relkind in ('r', 'p', 'v', 'm')`,
    );
    const views = [
      'login',
      'radcheck',
      'radreply',
      'radusergroup',
      'radgroupcheck',
      'radgroupreply',
      'nas',
    ].map((name) => `radius.${name}`);
    for (const { name } of tables.rows) {
      const readable = await client.query(`select * from ${name} limit 1`).then(
        () => true,
        () => false,
      );
      assert.equal(readable, views.includes(name), name);
      for (const statement of [`delete from ${name}`, `insert into ${name} default values`]) {
        const refused = await client.query(statement).then(
          () => 'done',
          (error) => String(error.code),
        );
        assert.match(refused, /^(42501|55000|42809)$/, `${statement}: ${refused}`);
      }
    }
    // A function that tells what it is shown must not be shown what the view leaves out.
    await nadi.kit.pool.query(`update mikrotik_secrets set disabled = true`);
    await client.query(`create or replace function pg_temp.tell(value text) returns boolean cost 0.0001 language plpgsql as
      $$ begin raise exception 'seen %', value; end $$`);
    assert.deepEqual(
      (await client.query(`select * from radius.radcheck where pg_temp.tell(value)`)).rows,
      [],
    );
    const roleNames = await client.query(
      `select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user`,
    );
    assert.deepEqual(roleNames.rows, [{ rolsuper: false, rolcreaterole: false, rolcreatedb: false }]);
    assert.equal(
      JSON.stringify((await client.query('select * from radius.nas')).rows).includes(secret),
      false,
    );
  } finally {
    await client.end();
  }
});
