import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { newSite, type Site } from './agent-cli.ts';
import { Host, packageOf, sha256 } from './release-host.ts';

// What spec 2's commands do to an installation with a database, as their user sees it.

const migrate = (sql: string) => ({
  command: [
    process.execPath,
    '-e',
    `const db = new (require('node:sqlite').DatabaseSync)('app.sqlite'); db.exec(${JSON.stringify(sql)}); db.close()`,
  ],
  seconds: 20,
});

async function siteOf(
  host: Host,
  more: object = {},
  env: Readonly<Record<string, string>> = {},
  answer?: string,
): Promise<Site> {
  const bytes = await packageOf({ 'app/now.txt': '1.1.0\n' });
  host.file('/package.zip', bytes);
  host.json('/check', {
    version: '1.1.0',
    download_url: '/package.zip',
    checksum: sha256(bytes),
    has_migrations: true,
    compatible: false,
  });
  const at = newSite({
    ...(answer === undefined ? {} : { answer }),
    files: { '.version': '1.0.0\n', 'app/now.txt': '1.0.0\n', 'storage/logs/app.log': 'baris\n' },
    env: { UPDATE_SOURCE: 'custom', UPDATE_CHECK_URL: `${host.url}/check`, ...env },
    settings: {
      databases: [{ kind: 'sqlite', name: 'app', path: 'app.sqlite' }],
      excluded: ['storage'],
      backups: { folder: 'cadangan', excluded: ['storage/logs'] },
      hooks: {
        migrate: migrate('alter table payments add column note text; delete from payments where id = 1'),
        maintenance_on: ['touch', 'down'],
        maintenance_off: ['rm', '-f', 'down'],
      },
      ...more,
    },
  });
  sql(
    at,
    'create table payments (id integer primary key, amount integer); insert into payments (amount) values (100), (200)',
  );
  return at;
}

function sql(at: Site, text: string): void {
  const db = new DatabaseSync(join(at.root, 'app.sqlite'));
  db.exec(text);
  db.close();
}

function rows(at: Site): readonly unknown[] {
  const db = new DatabaseSync(join(at.root, 'app.sqlite'));
  try {
    return db
      .prepare('select id, amount from payments order by id')
      .all()
      .map((row) => Object.values(row));
  } finally {
    db.close();
  }
}

test('an update is backed up first, cannot be gone back from by code, and its backup tells what restoring it loses', async () => {
  await using host = await Host.start();
  using at = await siteOf(host);
  const dry = await at.run('update:apply', '--dry-run');
  assert.equal(dry.code, 0, dry.out);
  assert.deepEqual(
    [dry.json.has_maintenance, dry.json.databases_copied, dry.json.can_go_back, dry.json.refusals],
    [true, ['app'], false, []],
  );
  assert.equal((await at.run('backup:list')).json.data.length, 0);
  const done = await at.run('update:apply', '--force');
  assert.equal(done.code, 0, done.out);
  assert.deepEqual(rows(at), [[2, 200]]);
  const { data } = (await at.run('backup:list')).json;
  assert.deepEqual(
    data.map(({ id, version, backup_type, is_restorable, system_update_id }: Record<string, unknown>) => [
      id,
      version,
      backup_type,
      is_restorable,
      system_update_id,
    ]),
    [[1, '1.0.0', 'full', true, 1]],
  );
  const [row] = (await at.run('update:history')).json.data;
  assert.deepEqual([row.status, row.backup_info], ['completed', { backup_id: 1 }]);
  const back = await at.run('update:rollback', '--force');
  assert.equal(back.json.error.code, 'rollback_needs_restore');

  sql(at, 'insert into payments (amount) values (300)');
  at.write('app/mine.txt', 'punya saya\n');
  const asked = await at.run('backup:restore', '1');
  assert.equal(asked.code, 1);
  assert.deepEqual(
    asked.json.losses.find(({ what }: { what: string }) => what === 'app: payments'),
    { what: 'app: payments', rows_then: 2, rows_now: 2 },
  );
  assert.deepEqual(
    [asked.json.files_replaced, asked.json.files_gone],
    [['.version', 'app/now.txt'], ['app/mine.txt']],
  );
  assert.deepEqual(rows(at), [
    [2, 200],
    [3, 300],
  ]);
  const told = await at.bare('backup:restore', '1', '--root', at.root);
  assert.match(told.out, /Nothing was changed yet[\s\S]*app\/mine\.txt: taken away/);
  const restored = await at.run('backup:restore', '1', '--accept-loss');
  assert.equal(restored.code, 0, restored.out);
  assert.deepEqual(rows(at), [
    [1, 100],
    [2, 200],
  ]);
  assert.equal(at.read('app/now.txt'), '1.0.0\n');
  assert.equal(at.read('.version'), '1.0.0\n');
  assert.equal(at.read('storage/logs/app.log'), 'baris\n');
  assert.equal(existsSync(join(at.root, 'down')), false);
  // What was there before is not lost for good.
  const [newest] = (await at.run('backup:list')).json.data;
  assert.deepEqual([newest.id, newest.version, newest.notes], [2, '1.1.0', 'before restoring 1']);
  const forth = await at.run('backup:restore', '2', '--accept-loss', '--only', 'database');
  assert.equal(forth.code, 0, forth.out);
  assert.deepEqual(rows(at), [
    [2, 200],
    [3, 300],
  ]);
  assert.equal(at.read('app/now.txt'), '1.0.0\n');
});

test('a compatible update is gone back from by code, and leaves the data as it became', async () => {
  await using host = await Host.start();
  using at = await siteOf(host, { hooks: {} });
  const bytes = await packageOf({ 'app/now.txt': '1.1.0\n', 'app/new.txt': 'baru\n' });
  host.file('/package.zip', bytes);
  host.json('/check', { version: '1.1.0', download_url: '/package.zip', checksum: sha256(bytes) });
  assert.equal((await at.run('update:rollback', '--force')).json.error.code, 'nothing_to_roll_back');
  assert.equal((await at.run('update:apply', '--force')).code, 0);
  sql(at, 'insert into payments (amount) values (300)');
  assert.equal((await at.run('update:rollback')).json.error.code, 'needs_force');
  const back = await at.run('update:rollback', '--force');
  assert.deepEqual(back.json, { status: 'rolled_back', version: '1.0.0', from: '1.1.0' });
  assert.equal(at.read('app/now.txt'), '1.0.0\n');
  assert.equal(at.read('app/new.txt'), undefined);
  assert.equal(at.read('.version'), '1.0.0\n');
  assert.equal(rows(at).length, 3);
});

test('without a backup a migration needs to be insisted on, and that is written down', async () => {
  await using host = await Host.start();
  for (const [env, args] of [
    [{ BACKUP_BEFORE_UPDATE: 'false' }, []],
    [{}, ['--no-backup']],
  ] as const) {
    using at = await siteOf(host, {}, env, 'y');
    const refused = await at.run('update:apply', ...args);
    assert.equal(refused.json.error.code, 'backup_needed');
    assert.deepEqual([at.read('.version'), rows(at).length], ['1.0.0\n', 2]);
    const done = await at.run('update:apply', '--force', ...args);
    assert.equal(done.code, 0, done.out);
    const [row] = (await at.run('update:history')).json.data;
    assert.deepEqual(row.backup_info, { skipped: true });
    assert.equal((await at.run('backup:list')).json.data.length, 0);
  }
});

test('backups are made, tried, listed and removed by command, also where one is damaged', async () => {
  await using host = await Host.start();
  using at = await siteOf(host, {}, { NADI_BACKUP_KEY: 'ab'.repeat(32) });
  for (const n of [1, 2, 3]) {
    sql(at, `insert into payments (amount) values (${n})`);
    const made = await at.run('backup:create', '--description', `ke-${n}`);
    assert.equal(made.json.id, n, made.out);
  }
  assert.match(
    (await at.bare('backup:list', '--root', at.root, '--language', 'id')).out,
    /#3 .* dicoba .* ke-3/,
  );
  assert.equal((await at.run('backup:verify', '2')).json.ok, true);
  assert.deepEqual((await at.run('backup:cleanup', '--keep', '2')).json.removed, [1]);
  assert.equal((await at.run('backup:verify', '1')).json.error.code, 'backup_not_found');
  for (const wrong of ['0', 'x', '1.5', '99999999999'])
    assert.match(
      JSON.stringify((await at.run('backup:verify', wrong)).json),
      /bad_option|whole number/,
      wrong,
    );
  assert.equal((await at.run('backup:create', '--type', 'semua')).json.error.code, 'bad_option');
  assert.equal((await at.run('backup:restore', '3', '--only', 'semua')).json.error.code, 'bad_option');
  // Another key reads nothing, and takes nothing away.
  at.write('.env', (at.read('.env') ?? '').replace('ab'.repeat(32), 'cd'.repeat(32)));
  assert.equal((await at.run('backup:verify', '3')).json.error.code, 'backup_damaged');
});

test('a database that cannot be read any more is brought back with --no-backup', async () => {
  await using host = await Host.start();
  using at = await siteOf(host);
  assert.equal((await at.run('backup:create')).code, 0);
  writeFileSync(join(at.root, 'app.sqlite'), 'rusak'.repeat(1000));
  const losses = await at.run('backup:restore', '1');
  assert.deepEqual(
    [losses.code, losses.json.losses],
    [1, [{ what: 'app', rows_then: null, rows_now: null }]],
  );
  const refused = await at.run('backup:restore', '1', '--accept-loss');
  assert.equal(refused.json.error.code, 'cannot_back_up', refused.out);
  const done = await at.run('backup:restore', '1', '--accept-loss', '--no-backup');
  assert.equal(done.code, 0, done.out);
  assert.deepEqual(rows(at), [
    [1, 100],
    [2, 200],
  ]);
  assert.equal(existsSync(join(at.root, 'down')), false);
});

test('an update that cannot go well is not begun, and says everything that is in its way at once', async () => {
  await using host = await Host.start();
  using at = await siteOf(host, {
    hooks: { migrate: migrate('select 1') },
    needs: {
      runtime: { hook: [process.execPath, '--version'], least: '99.0' },
      modules: { hook: ['echo', 'ctype mbstring'], names: ['mbstring', 'intl'] },
    },
  });
  const refused = await at.run('update:apply', '--force');
  assert.equal(refused.json.error.code, 'not_ready');
  for (const word of [/99\.0/, /intl/, /maintenance/i]) assert.match(refused.json.error.message, word);
  assert.deepEqual([at.read('.version'), rows(at).length], ['1.0.0\n', 2]);
  const dry = await at.run('update:apply', '--dry-run');
  assert.deepEqual(
    [dry.code, dry.json.refusals.map(({ check }: { check: string }) => check)],
    [1, ['maintenance', 'runtime', 'modules']],
  );
  // It is no fault of the release, which is tried again at once.
  at.write(
    'agent.json',
    JSON.stringify({ ...JSON.parse(at.read('agent.json') ?? ''), needs: {}, hooks: {} }),
  );
  host.json('/check', {
    version: '1.1.0',
    download_url: '/package.zip',
    checksum: sha256(await packageOf({ 'app/now.txt': '1.1.0\n' })),
    has_migrations: false,
  });
  assert.equal((await at.run('update:apply', '--force')).code, 0);
});
