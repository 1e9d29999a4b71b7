import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFiles } from '../layouts/in-place.ts';
import type { Step } from '../transaction/run-transaction.ts';
import { statsOf } from '../tree/inside.ts';
import type { Agent } from '../update/installation.ts';
import { forgetPrevious } from '../update/previous.ts';
import { caches, oldCaches, renewed, turns, workOf } from '../update/steps.ts';
import type { RestoreInput } from './stage-restore.ts';

/**
 * The steps of a restore, made from what the journal holds. Until it is committed the databases can go back to what they were, of which
 * copies are taken once writes are refused; where they cannot be read any more (`skipsCopies`) they are restored after the commit, and
 * as often as it takes. Afterwards no update can be gone back from.
 */
export function stepsOfRestore(agent: Agent, input: RestoreInput): readonly Step[] {
  const { root, folder, databases } = agent.installation;
  const { stage, changes, folders, emptied, skipsCopies } = input;
  const ground = { ...input, ...agent, updateId: null };
  const work = workOf(stage);
  const before = join(work, 'databases');
  const restored = databases.filter(({ name }) => input.databases.includes(name));
  const { first: closed, last } = turns(ground, input.serving, true);
  const restoreFrom = async (from: string) => {
    for (const database of restored) await database.restore(join(from, database.name));
  };
  const bringBack = () => restoreFrom(join(stage, 'databases'));
  const copies: Step = {
    name: 'copies',
    async run(signal) {
      mkdirSync(before, { mode: 0o700 });
      for (const database of restored) {
        const copy = join(before, database.name);
        const contents = await database.copyTo(copy, signal);
        await database.prove(copy, contents, join(work, `scratch-${database.name}`), signal);
      }
    },
  };
  const steps: (Step | undefined)[] = [
    // Its finishing comes after that of the databases.
    skipsCopies && closed !== undefined ? { ...closed, finish: async () => {} } : closed,
    skipsCopies ? undefined : copies,
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
    skipsCopies
      ? { name: 'databases', finish: bringBack }
      : { name: 'databases', run: bringBack, undo: () => restoreFrom(before) },
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
    skipsCopies
      ? { name: 'caches', finish: async () => caches(ground).run?.(never), isDispensable: true }
      : caches(ground),
    ...(skipsCopies ? [] : last),
    skipsCopies && closed?.finish !== undefined ? { name: 'open again', finish: closed.finish } : undefined,
    {
      name: 'tidy',
      async finish() {
        forgetPrevious(folder);
        rmSync(stage, { recursive: true, force: true });
      },
    },
    renewed(ground, input.serving),
  ];
  return steps.filter((step) => step !== undefined);
}

const never = new AbortController().signal;
