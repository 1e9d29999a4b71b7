import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { instantText } from '../../agent/clock.ts';
import { digestOfSqlite, sqliteDatabase } from '../../agent/databases/sqlite.ts';
import { takeLock } from '../../agent/state/lock.ts';
import { inTransaction, openState } from '../../agent/state/open-state.ts';
import type { Installation } from '../../agent/update/installation.ts';
import { recover, runUpdate } from '../../agent/update/run-update.ts';

const now = Temporal.Instant.from('2026-03-01T02:00:00Z');
const clock = { now: () => now };

/** A small application as it stands at 1.0.0, with a database, and all of its next version beside it. */
export function makeWorld(folder: string): void {
  const tree = join(folder, 'app');
  for (const name of ['app/Models', 'storage/logs', 'config'])
    mkdirSync(join(tree, name), { recursive: true });
  const files: Record<string, string> = {
    '.version': '1.0.0\n',
    '.env': 'APP_KEY=rahasia\n',
    artisan: '#!/bin/sh\necho lama\n',
    'app/Models/User.php': '<?php // lama\n',
    'app/Models/Old.php': '<?php // akan dihapus\n',
    'config/app.php': "<?php return ['name' => 'Lama'];\n",
    'storage/logs/laravel.log': 'baris\n',
  };
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(tree, name), text, { mode: name === 'artisan' ? 0o755 : 0o640 });
  symlinkSync('app.php', join(tree, 'config/now.php'));
  const db = new DatabaseSync(join(folder, 'app.sqlite'));
  db.exec(
    `pragma journal_mode = wal; create table users (id integer primary key, name text); insert into users (name) values ('Sari'), ('Budi')`,
  );
  db.close();
  mkdirSync(join(folder, 'package'));
  for (const [n, text] of news.entries())
    if (text !== undefined) writeFileSync(join(folder, 'package', String(n)), text);
}

const news = [
  '#!/bin/sh\necho baru\n',
  '<?php // baru\n',
  undefined,
  "<?php return ['name' => 'Baru'];\n",
  '<?php // di folder baru\n',
  'tautan jadi berkas\n',
];
const changes = [
  { action: 'update', path: 'artisan', executable: true },
  { action: 'update', path: 'app/Models/User.php' },
  { action: 'delete', path: 'app/Models/Old.php' },
  { action: 'update', path: 'config/app.php' },
  { action: 'create', path: 'app/Services/Deep/New.php' },
  { action: 'update', path: 'config/now.php' },
] as const;

function installationOf(folder: string, health = 'true'): Installation {
  const database = join(folder, 'app.sqlite');
  const shell = (script: string) => ({ command: ['/bin/sh', '-c', script], seconds: 20 });
  const migration = join(import.meta.dirname, 'migrate-child.ts');
  return {
    root: join(folder, 'app'),
    folder: join(folder, 'agent'),
    excluded: ['storage', '.env'],
    databases: [sqliteDatabase('app', database)],
    hooks: {
      maintenanceOn: shell('touch ../down'),
      maintenanceOff: shell('rm -f ../down'),
      migrate: { command: [process.execPath, migration, database], seconds: 20 },
      afterUpdate: [shell('true')],
      health: shell(health),
    },
    environment: { PATH: '/usr/bin:/bin' },
  };
}

/** As an agent does on its start, told to update: it finishes or undoes what was left, and updates where it is not done. */
export async function updateOnce(folder: string, health?: string): Promise<void> {
  const installation = installationOf(folder, health);
  using _lock = takeLock(installation.folder);
  using state = openState(installation.folder);
  const agent = { db: state.db, clock, installation };
  await recover(agent);
  if (readFileSync(join(installation.root, '.version'), 'utf8') === '1.1.0\n') return;
  const stage = join(installation.folder, 'stage');
  mkdirSync(stage, { recursive: true });
  cpSync(join(folder, 'package'), join(stage, 'new'), { recursive: true });
  const at = instantText(now);
  const { lastInsertRowid: id } = inTransaction(state.db, () =>
    state.db
      .prepare(`insert into system_updates (version, previous_version, update_type, status, initiated_by, started_at, created_at, updated_at)
        values ('1.1.0', '1.0.0', 'minor', 'installing', 'uji', ?1, ?1, ?1)`)
      .run(at),
  );
  await runUpdate(
    agent,
    Number(id),
    { version: '1.1.0', previous: '1.0.0', changes, hasMigrations: true, isCompatible: false, stage },
    new AbortController().signal,
  );
}

/** Finishes or undoes what was left, and nothing else. */
export async function recoverOnce(folder: string): Promise<void> {
  const installation = installationOf(folder);
  using _lock = takeLock(installation.folder);
  using state = openState(installation.folder);
  await recover({ db: state.db, clock, installation });
}

/** All there is of the application, in one text: names, kinds, modes, contents, and the rows of its database. */
export function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const walk = (path: string): void => {
    for (const name of readdirSync(join(folder, path)).sort()) {
      const each = join(path, name);
      const stats = lstatSync(join(folder, each));
      hash.update(`${each} ${stats.mode}\n`);
      if (stats.isDirectory()) walk(each);
      else
        hash.update(
          stats.isSymbolicLink() ? readlinkSync(join(folder, each)) : readFileSync(join(folder, each)),
        );
    }
  };
  walk('app');
  const down = lstatSync(join(folder, 'down'), { throwIfNoEntry: false }) === undefined ? 'up' : 'down';
  return `${hash.digest('hex').slice(0, 16)} ${digestOfSqlite(join(folder, 'app.sqlite')).slice(0, 16)} ${down}`;
}
