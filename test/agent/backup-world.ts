import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Backups } from '../../agent/backups/backups.ts';
import { backupsOf } from '../../agent/backups/backups-of.ts';
import { folderVault } from '../../agent/backups/folder-vault.ts';
import type { Vault } from '../../agent/backups/vault.ts';
import type { Clock } from '../../agent/clock.ts';
import { digestOfSqlite, sqliteDatabase } from '../../agent/databases/sqlite.ts';
import { takeLock } from '../../agent/state/lock.ts';
import { openState } from '../../agent/state/open-state.ts';
import type { Installation } from '../../agent/update/installation.ts';

import { digestOfTree } from './update-world.ts';

export const never = new AbortController().signal;

/** A small application with a database, a large file, a link, an empty folder and a log. */
export function makeApplication(folder: string): void {
  const tree = join(folder, 'app');
  for (const name of ['src/deep', 'storage/logs', 'storage/cache'])
    mkdirSync(join(tree, name), { recursive: true });
  writeFileSync(join(tree, '.env'), 'APP_KEY=rahasia-sekali\n', { mode: 0o600 });
  writeFileSync(join(tree, 'run'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(tree, 'src/deep/kosong'), '');
  writeFileSync(join(tree, 'src/besar'), noise(9 << 20, 'besar'));
  writeFileSync(join(tree, 'storage/logs/app.log'), 'baris\n');
  symlinkSync('run', join(tree, 'jalan'));
  const db = new DatabaseSync(join(folder, 'app.sqlite'));
  db.exec(`pragma journal_mode = wal; create table users (id integer primary key, name text, isi blob);
    insert into users (name, isi) values ('Sari', x'00ff'), (null, null)`);
  db.close();
}

/** Bytes that nothing makes smaller, always the same for the same seed. */
export function noise(bytes: number, seed: string): Buffer {
  const block = 64;
  const made = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += block)
    createHash('sha512').update(`${seed} ${at}`).digest().copy(made, at);
  return made;
}

export interface World extends Disposable {
  readonly backups: Backups;
  readonly installation: Installation;
  readonly vault: string;
  at: Temporal.Instant;
}

export interface Wanted {
  readonly key?: Uint8Array;
  readonly days?: number;
  readonly vault?: (clock: Clock) => Vault;
}

export function openWorld(folder: string, { key, days, vault }: Wanted = {}): World {
  const agent = join(folder, 'agent');
  using held = new DisposableStack();
  held.use(takeLock(agent));
  const state = held.use(openState(agent));
  const place = join(folder, 'vault');
  const world = { at: Temporal.Instant.from('2026-03-01T02:00:00Z') };
  const clock = { now: () => world.at };
  const installation: Installation = {
    root: join(folder, 'app'),
    folder: agent,
    excluded: ['storage/logs'],
    databases: [sqliteDatabase('app', join(folder, 'app.sqlite'))],
    backups: {
      vault: vault?.(clock) ?? folderVault(place),
      ...(key === undefined ? {} : { key }),
      ...(days === undefined ? {} : { days }),
      excluded: ['storage/logs'],
      keep: 3,
      seconds: 60,
    },
    hooks: { afterUpdate: [] },
    environment: {},
  };
  const owned = held.move();
  return Object.assign(world, {
    vault: place,
    backups: backupsOf({ db: state.db, clock, installation }),
    installation,
    [Symbol.dispose]: () => owned.dispose(),
  });
}

/** Names and bytes of all files of a folder that is a vault. */
export const filesOfVault = (vault: string): readonly string[] =>
  readdirSync(vault, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** All there is of the application: its tree and the rows of its database. */
export const digestOfApplication = (folder: string): string =>
  `${digestOfTree(folder)} ${digestOfSqlite(join(folder, 'app.sqlite')).slice(0, 16)}`;
