import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type Hook, runHook } from '../hooks/run-hook.ts';
import { replaceFiles } from '../layouts/in-place.ts';
import type { Step } from '../transaction/run-transaction.ts';
import type { Installation } from '../update/installation.ts';
import type { RestoreInput } from './stage-restore.ts';

/**
 * The steps of a restore, made from what the journal holds. Until it is committed the databases can go back to what they were, of which
 * copies are taken once writes are refused.
 */
export function stepsOfRestore(
  db: DatabaseSync,
  { root, hooks, databases, environment }: Installation,
  { stage, changes, databases: names, folders, version }: RestoreInput,
): readonly Step[] {
  const log = join(stage, 'hooks.log');
  const around = { db, folder: root, log, environment: { ...environment, NADI_VERSION: version } };
  const run = async (name: string, hook: Hook | undefined, signal?: AbortSignal) => {
    if (hook !== undefined) await runHook(name, hook, around, signal);
  };
  const afterwards = async (signal?: AbortSignal) => {
    for (const hook of hooks.afterUpdate) await run('after restore', hook, signal);
  };
  const restored = databases.filter(({ name }) => names.includes(name));
  const before = join(stage, 'before');
  return [
    {
      name: 'maintenance',
      run: (signal) => run('maintenance on', hooks.maintenanceOn, signal),
      undo: () => run('maintenance off', hooks.maintenanceOff),
      finish: () => run('maintenance off', hooks.maintenanceOff),
    },
    {
      name: 'copies',
      async run(signal) {
        mkdirSync(before, { mode: 0o700 });
        for (const database of restored) {
          const copy = join(before, database.name);
          const contents = await database.copyTo(copy, signal);
          await database.prove(copy, contents, join(stage, `scratch-${database.name}`), signal);
        }
      },
    },
    { name: 'old caches', undo: () => afterwards() },
    replaceFiles({ root, folder: stage, changes }),
    {
      name: 'databases',
      async run() {
        for (const database of restored) await database.restore(join(stage, 'databases', database.name));
      },
      async undo() {
        for (const database of restored) await database.restore(join(before, database.name));
      },
    },
    {
      name: 'folders',
      async finish() {
        for (const { path, mode } of folders) mkdirSync(join(root, path), { recursive: true, mode });
      },
    },
    { name: 'caches', run: afterwards },
    { name: 'health', run: (signal) => run('health', hooks.health, signal) },
    { name: 'tidy', finish: async () => rmSync(stage, { recursive: true, force: true }) },
  ];
}
