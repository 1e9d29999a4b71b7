import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Hook } from '../hooks/run-hook.ts';
import { runHook } from '../hooks/run-hook.ts';
import { replaceFiles } from '../layouts/in-place.ts';
import type { Step } from '../transaction/run-transaction.ts';
import { writeWhole } from '../tree/durable.ts';
import type { Installation, UpdateInput } from './installation.ts';

/** The steps of an update in their order, made from what the journal holds. */
export function stepsOfUpdate(
  db: DatabaseSync,
  installation: Installation,
  input: UpdateInput,
): readonly Step[] {
  const { root, hooks, databases } = installation;
  const { stage } = input;
  const run = (name: string, hook: Hook | undefined, signal?: AbortSignal) =>
    hook === undefined
      ? Promise.resolve()
      : runHook(
          name,
          hook,
          {
            db,
            folder: root,
            log: join(stage, 'hooks.log'),
            environment: {
              ...installation.environment,
              NADI_VERSION: input.version,
              NADI_PREVIOUS: input.previous,
            },
          },
          signal,
        );
  const copyOf = (name: string) => join(stage, 'databases', name);
  const afterwards = async (signal?: AbortSignal) => {
    for (const hook of hooks.afterUpdate) await run('after update', hook, signal);
  };
  // The databases go back only where the old code could not run on what the migration made of them.
  const restores = input.hasMigrations && !input.isCompatible;
  const steps: (Step | undefined)[] = [
    // Written since a copy was taken would be lost with it.
    restores
      ? {
          name: 'maintenance',
          run: (signal) => run('maintenance on', hooks.maintenanceOn, signal),
          undo: () => run('maintenance off', hooks.maintenanceOff),
          finish: () => run('maintenance off', hooks.maintenanceOff),
        }
      : undefined,
    {
      name: 'backup',
      async run(signal) {
        mkdirSync(join(stage, 'databases'), { recursive: true });
        for (const database of databases) {
          const contents = await database.copyTo(copyOf(database.name), signal);
          await database.prove(
            copyOf(database.name),
            contents,
            join(stage, `scratch-${database.name}`),
            signal,
          );
        }
      },
    },
    // Undone last of what touches the application: its caches are made anew from the old files.
    { name: 'old caches', undo: () => afterwards() },
    replaceFiles({ root, folder: stage, changes: input.changes }),
    input.hasMigrations
      ? {
          name: 'migrate',
          run: (signal) => run('migrate', hooks.migrate, signal),
          async undo() {
            if (!restores) return;
            for (const database of databases) await database.restore(copyOf(database.name));
          },
        }
      : undefined,
    { name: 'caches', run: afterwards },
    { name: 'health', run: (signal) => run('health', hooks.health, signal) },
    versionStep(root, stage, input),
    { name: 'tidy', finish: async () => tidy(stage) },
  ];
  return steps.filter((step) => step !== undefined);
}

/** `.version` at the root says the new version only once all of it works (spec 1 §3; absent means 1.0.0). */
function versionStep(root: string, stage: string, { version }: UpdateInput): Step {
  const folder = join(stage, 'version');
  const step = replaceFiles({ root, folder, changes: [{ action: 'update', path: '.version' }] });
  return {
    ...step,
    name: 'version',
    async run(signal) {
      mkdirSync(join(folder, 'new'), { recursive: true });
      writeWhole(join(folder, 'new', '0'), `${version}\n`);
      await step.run?.(signal);
    },
  };
}

function tidy(stage: string): void {
  rmSync(stage, { recursive: true, force: true });
}
