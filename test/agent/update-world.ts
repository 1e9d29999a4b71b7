import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createBackup } from '../../agent/backups/backups.ts';
import { backupsOf } from '../../agent/backups/backups-of.ts';
import { folderVault } from '../../agent/backups/folder-vault.ts';
import { stageRestore } from '../../agent/backups/stage-restore.ts';
import { instantText } from '../../agent/clock.ts';
import { lockInstallation, lockOfTree } from '../../agent/state/lock.ts';
import { inTransaction, openState } from '../../agent/state/open-state.ts';
import { remoteServing } from '../../agent/supervise/remote-serving.ts';
import type { Outcome } from '../../agent/transaction/run-transaction.ts';
import type { Agent, Installation, UpdateInput } from '../../agent/update/installation.ts';
import { treeOf } from '../../agent/update/installation.ts';
import { recover, runRestore, runRollback, runUpdate } from '../../agent/update/run-update.ts';
import { type DatabaseKind, worldDatabases } from './world-databases.ts';

const now = Temporal.Instant.from('2026-03-01T02:00:00Z');
const clock = { now: () => now };
const never = () => new AbortController().signal;

export const layouts = ['in-place', 'releases'] as const;
/** What is done to a world: an update of code alone, one that its database cannot be gone back from, one whose health is bad, going back, and bringing back its first backup. */
export const scenarios = ['update', 'migrate', 'verify', 'rollback', 'restore'] as const;
export type Scenario = (typeof scenarios)[number];

export interface World {
  readonly folder: string;
  readonly layout: (typeof layouts)[number];
  readonly database: DatabaseKind;
  /** Where the server of its database is, where there is one. */
  readonly server?: string;
  /** An agent has its servers (supervise/world-agent.ts). */
  readonly isServed?: boolean;
}

/** A small application as it stands at 1.0.0, with a database, and all of its next version beside it. */
export async function makeWorld({ folder, layout, database, server = '' }: World): Promise<void> {
  const tree = join(folder, layout === 'releases' ? 'app/releases/1.0.0' : 'app');
  for (const name of ['app/Models', 'storage/logs', 'config'])
    mkdirSync(join(tree, name), { recursive: true });
  const files: Record<string, string> = {
    '.version': '1.0.0\n',
    '.env': 'APP_KEY=rahasia\n',
    artisan: '#!/bin/sh\necho lama\n',
    'app/Models/User.php': '<?php // lama\n',
    'app/Models/Old.php': '<?php // akan dihapus\n',
    'config/app.php': "<?php return ['name' => 'Lama'];\n",
    'config/queue': 'berkas jadi folder\n',
    'storage/logs/laravel.log': 'baris\n',
  };
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(tree, name), text, { mode: name === 'artisan' ? 0o755 : 0o640 });
  symlinkSync('app.php', join(tree, 'config/now.php'));
  if (layout === 'releases') {
    mkdirSync(join(folder, 'app/shared'));
    for (const name of ['storage', '.env']) {
      renameSync(join(tree, name), join(folder, 'app/shared', name));
      symlinkSync(`../../shared/${name}`, join(tree, name));
    }
    symlinkSync('releases/1.0.0', join(folder, 'app/current'));
  }
  await worldDatabases[database].make(folder, server);
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
  undefined,
  'di dalam folder yang dulu berkas\n',
];
export const changes = [
  { action: 'update', path: 'artisan', executable: true },
  { action: 'update', path: 'app/Models/User.php' },
  { action: 'delete', path: 'app/Models/Old.php' },
  { action: 'update', path: 'config/app.php' },
  { action: 'create', path: 'app/Services/Deep/New.php' },
  { action: 'update', path: 'config/now.php' },
  { action: 'delete', path: 'config/queue' },
  { action: 'create', path: 'config/queue/redis.php' },
] as const;

export const shell = (script: string) => ({ command: ['/bin/sh', '-c', script], seconds: 20 });

export function installationOf(
  { folder, layout, database, server = '', isServed }: World,
  health = 'true',
): Installation {
  const kind = worldDatabases[database];
  const down = join(folder, 'down');
  return {
    root: join(folder, 'app'),
    folder: join(folder, 'agent'),
    layout: layout === 'releases' ? { is: 'releases', keep: 3 } : { is: 'in-place' },
    excluded: ['storage', '.env'],
    databases: [kind.of(folder, server)],
    backups: {
      vault: folderVault(join(folder, 'vault')),
      excluded: [layout === 'releases' ? 'shared/storage/logs' : 'storage/logs'],
      keep: 3,
      seconds: 60,
    },
    hooks: {
      maintenanceOn: shell(`touch ${down}`),
      maintenanceOff: shell(`rm -f ${down}`),
      migrate: { command: kind.migration(folder, server), seconds: 20 },
      afterUpdate: [shell('true')],
      health: { ...shell(health), inRow: 1, tries: 2, pauseMs: 0 },
    },
    ...(isServed === true ? { serving: remoteServing(join(folder, 'agent')) } : {}),
    environment: { PATH: '/usr/bin:/bin' },
  };
}

/** Opens the agent of an installation for some work, as its process does. */
export async function withAgent<T>(
  installation: Installation,
  work: (agent: Agent) => Promise<T>,
): Promise<T> {
  using _lock = lockInstallation(installation);
  using state = openState(installation.folder);
  return await work({ db: state.db, clock, installation });
}

export const versionOf = (installation: Installation): string =>
  readFileSync(join(treeOf(installation), '.version'), 'utf8').trim();

/** Stages the package and applies it. */
export function update(
  agent: Agent,
  package_: string,
  more: Partial<UpdateInput> = {},
  signal = new AbortController().signal,
): Promise<Outcome> {
  const stage = join(agent.installation.folder, 'stage');
  mkdirSync(stage, { recursive: true });
  cpSync(package_, join(stage, 'new'), { recursive: true, verbatimSymlinks: true });
  const { lastInsertRowid: id } = inTransaction(agent.db, () =>
    agent.db
      .prepare(`insert into system_updates (version, previous_version, update_type, status, initiated_by, started_at, created_at, updated_at)
        values ('1.1.0', '1.0.0', 'minor', 'installing', 'uji', ?1, ?1, ?1)`)
      .run(instantText(now)),
  );
  const input = {
    version: '1.1.0',
    previous: '1.0.0',
    changes,
    hasMigrations: false,
    isCompatible: true,
    stage,
  };
  return runUpdate(agent, Number(id), { ...input, ...more }, signal);
}

/** Makes its first backup. */
export function backUp(world: World): Promise<number> {
  return withAgent(installationOf(world), (agent) =>
    createBackup(backupsOf(agent), { type: 'full', version: '1.0.0' }, never()),
  );
}

/** What happens to a world that is to be restored besides an update: what a backup must bring back, and what it must leave alone. */
export function spoil({ folder, layout }: World): void {
  const tree = join(folder, layout === 'releases' ? 'app/releases/1.0.0' : 'app');
  const shared = join(folder, layout === 'releases' ? 'app/shared' : 'app');
  writeFileSync(join(shared, '.env'), 'APP_KEY=diganti\n');
  chmodSync(join(shared, 'storage'), 0o700);
  writeFileSync(join(shared, 'storage/asing'), 'baru\n');
  mkdirSync(join(shared, 'storage/kosong'));
  rmSync(join(tree, 'app'), { recursive: true });
  rmSync(join(tree, 'config/now.php'), { force: true });
}

/** As an agent does on its start: it finishes or undoes what was left, and does what it was told where it is not done. */
export function act(world: World, scenario: Scenario, health?: string): Promise<void> {
  const installation = installationOf(world, health ?? (scenario === 'verify' ? 'false' : 'true'));
  return withAgent(installation, async (agent) => {
    await recover(agent);
    if (scenario === 'rollback') {
      if (versionOf(installation) === '1.1.0') await runRollback(agent, never());
      return;
    }
    if (scenario === 'restore') {
      const at = {
        stage: join(installation.folder, 'restore'),
        previous: versionOf(installation),
        skipsCopies: false,
      };
      await runRestore(agent, await stageRestore(backupsOf(agent), 1, 'full', at, never()), never());
      return;
    }
    if (versionOf(installation) === '1.1.0') return;
    const migrates = scenario !== 'update';
    await update(agent, join(world.folder, 'package'), { hasMigrations: migrates, isCompatible: !migrates });
  });
}

/** The next update, whatever is installed: one of code alone. */
export function onward(world: World): Promise<Outcome> {
  const next = join(world.folder, 'next');
  mkdirSync(next, { recursive: true });
  writeFileSync(join(next, '0'), '#!/bin/sh\necho berikutnya\n');
  return withAgent(installationOf(world), (agent) =>
    update(agent, next, {
      version: '1.2.0',
      changes: [{ action: 'update', path: 'artisan' }],
      skipsBackup: true,
    }),
  );
}

/** Finishes or undoes what was left, and nothing else. */
export function recoverOnly(world: World): Promise<Outcome | undefined> {
  return withAgent(installationOf(world), recover);
}

/** All there is of the application, in one text: names, kinds, modes, owners, contents, and the rows of its database. */
export async function digestOf({ folder, database, server = '' }: World): Promise<string> {
  const down = lstatSync(join(folder, 'down'), { throwIfNoEntry: false }) === undefined ? 'up' : 'down';
  return `${digestOfTree(folder)} ${await worldDatabases[database].digest(folder, server)} ${down}`;
}

/** Of what lies below, but for what is left out. */
export function digestOfTree(folder: string, leftOut = '', below = 'app'): string {
  const hash = createHash('sha256');
  const walk = (path: string): void => {
    for (const name of readdirSync(join(folder, path)).sort()) {
      const each = join(path, name);
      if (each === leftOut || name === lockOfTree) continue;
      const stats = lstatSync(join(folder, each));
      hash.update(`${each} ${stats.mode} ${stats.uid} ${stats.gid}\n`);
      if (stats.isDirectory()) walk(each);
      else
        hash.update(
          stats.isSymbolicLink() ? readlinkSync(join(folder, each)) : readFileSync(join(folder, each)),
        );
    }
  };
  walk(below);
  return hash.digest('hex').slice(0, 16);
}
