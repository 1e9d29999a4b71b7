import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { replaceFiles } from '../layouts/in-place.ts';
import type { Step } from '../transaction/run-transaction.ts';
import { statsOf } from '../tree/inside.ts';
import type { Installation } from '../update/installation.ts';
import { forgetPrevious } from '../update/previous.ts';
import { caches, health, maintenance, oldCaches, workOf } from '../update/steps.ts';
import type { RestoreInput } from './stage-restore.ts';

/**
 * The steps of a restore, made from what the journal holds. Until it is committed the databases can go back to what they were, of which
 * copies are taken once writes are refused. Afterwards no update can be gone back from.
 */
export function stepsOfRestore(
  db: DatabaseSync,
  installation: Installation,
  input: RestoreInput,
): readonly Step[] {
  const { root, folder } = installation;
  const { stage, changes, folders, emptied } = input;
  const ground = { ...input, db, installation, updateId: null };
  const work = workOf(stage);
  const before = join(work, 'databases');
  const restored = installation.databases.filter(({ name }) => input.databases.includes(name));
  const steps: (Step | undefined)[] = [
    maintenance(ground, true),
    {
      name: 'copies',
      async run(signal) {
        mkdirSync(before, { mode: 0o700 });
        for (const database of restored) {
          const copy = join(before, database.name);
          const contents = await database.copyTo(copy, signal);
          await database.prove(copy, contents, join(work, `scratch-${database.name}`), signal);
        }
      },
    },
    oldCaches(ground),
    replaceFiles({
      root,
      news: join(stage, 'new'),
      folder: join(work, 'files'),
      changes,
      folders,
      emptied,
      excluded: [],
    }),
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
        // The innermost first: one that nobody may write to would keep away what is in it.
        for (const { path, mode } of folders.toReversed()) {
          const stats = statsOf(join(root, path));
          if (stats?.isDirectory() === true && (stats.mode & 0o7777) !== mode)
            chmodSync(join(root, path), mode);
        }
      },
    },
    caches(ground),
    health(ground),
    {
      name: 'tidy',
      async finish() {
        forgetPrevious(folder);
        rmSync(stage, { recursive: true, force: true });
      },
    },
  ];
  return steps.filter((step) => step !== undefined);
}
