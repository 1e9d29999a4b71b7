import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createBackup } from '../backups/backups.ts';
import { backupsOf } from '../backups/backups-of.ts';
import { type Hook, runHook } from '../hooks/run-hook.ts';
import { replaceFiles } from '../layouts/in-place.ts';
import { buildRelease, settle, switchTo } from '../layouts/releases.ts';
import { type Change, servingSteps } from '../supervise/steps.ts';
import type { Step } from '../transaction/run-transaction.ts';
import { writeWhole } from '../tree/durable.ts';
import { proveHealth } from './health.ts';
import { type Agent, treeOf, type UpdateInput } from './installation.ts';
import { keepPrevious } from './previous.ts';

export const backupStep = 'backup';
export const prepareStep = 'prepare';

/** What the steps of one transaction stand on. */
export interface Ground extends Agent {
  readonly updateId: number | null;
  /** What it goes to, and what it comes from. */
  readonly version: string;
  readonly previous: string;
  readonly stage: string;
}

/** What it was planned with, so that it goes on the same way after a crash. */
export interface Plan extends UpdateInput {
  /** In the layout of releases: the folders in use before and after. */
  readonly release?: { readonly from: string; readonly to: string };
}

/** The transaction's own folder in its stage: wiped before the journal opens. */
export const workOf = (stage: string): string => join(stage, 'work');

/** Where what hooks print is kept. */
export const logOf = (folder: string): string => join(folder, 'hooks.log');

/** The databases go back only where the old code could not run on what the migration made of them. */
export const restores = (input: UpdateInput): boolean => input.hasMigrations && !input.isCompatible;

/** The steps of an update in their order, made from what the journal holds. */
export function stepsOfUpdate(agent: Agent, plan: Plan, updateId: number | null): readonly Step[] {
  const { installation } = agent;
  const { root, databases, hooks, layout, excluded, folder } = installation;
  const { stage, version, previous, changes, release } = plan;
  const ground = { ...agent, updateId, version, previous, stage };
  const work = workOf(stage);
  const { first, last } = turns(ground, plan.serving, restores(plan));
  const copyOf = (name: string) => join(work, 'databases', name);
  const news = join(stage, 'new');
  const isWhole = plan.components === undefined;
  const files =
    release === undefined
      ? replaceFiles({ root, news, folder: join(work, 'files'), changes, excluded })
      : switchTo(root, release.to, work);
  const steps: (Step | undefined)[] = [
    release === undefined
      ? undefined
      : buildRelease({
          root,
          ...release,
          folder: work,
          linked: installation.linked ?? [],
          async change(tree, signal) {
            const one = { root: tree, news, folder: join(work, 'files'), changes, excluded };
            await replaceFiles(one).run?.(signal);
            if (isWhole) await versionStep(tree, work, version).run?.(signal);
          },
        }),
    release === undefined ? undefined : prepare(ground, join(root, 'releases', release.to)),
    first,
    plan.skipsBackup === true
      ? undefined
      : {
          name: backupStep,
          async run(signal) {
            const copies = join(work, 'databases');
            const wish = { type: 'full', version: previous, updateId, copies } as const;
            const limit = AbortSignal.timeout(installation.backups.seconds * 1000);
            const id = await createBackup(backupsOf(agent), wish, AbortSignal.any([signal, limit]));
            noteBackup(agent, updateId, id);
          },
        },
    oldCaches(ground),
    files,
    release === undefined ? prepare(ground, root) : undefined,
    plan.hasMigrations
      ? {
          name: 'migrate',
          run: (signal) => runStep(ground, 'migrate', hooks.migrate, signal),
          async undo() {
            if (!restores(plan) || plan.skipsBackup === true) return;
            for (const database of databases) await database.restore(copyOf(database.name));
          },
        }
      : undefined,
    caches(ground),
    ...last,
    // `.version` at the root says the new version only once all of it works (spec 1 §3; absent means 1.0.0).
    isWhole && release === undefined ? versionStep(root, work, version) : undefined,
    {
      name: 'tidy',
      async finish() {
        if (release !== undefined && layout?.is === 'releases')
          settle(root, folder, { ...release, keep: layout.keep });
        keepPrevious(folder, work, {
          updateId,
          version,
          previous,
          changes,
          release,
          isWhole,
          isLocked: restores(plan),
        });
        rmSync(stage, { recursive: true, force: true });
      },
    },
    renewed(ground, plan.serving),
  ];
  return steps.filter((step) => step !== undefined);
}

function noteBackup({ db }: Agent, updateId: number | null, backup: number): void {
  db.prepare(`update system_updates set backup_info = json_object('backup_id', ?2) where id = ?1`).run(
    updateId,
    backup,
  );
}

/**
 * What closes the installation first, where that is needed, and what proves the new version in the end; where the agent has the servers it
 * switches them meanwhile. Servers whose one tree is changed below them must be closed.
 */
export function turns(
  ground: Ground,
  change: Change | undefined,
  isNeeded: boolean,
): { readonly first: Step | undefined; readonly last: readonly Step[] } {
  const { serving, maintenance: mode = 'auto' } = ground.installation;
  if (serving === undefined || change === undefined)
    return { first: maintenance(ground, isNeeded), last: [health(ground)] };
  const isClosed =
    mode === 'always' || (mode === 'auto' && isNeeded) || change.from.folder === change.to.folder;
  const { first, last } = servingSteps(serving, change, isClosed);
  // Nobody could ask one that does not serve.
  return { first, last: isClosed ? [last] : [last, health(ground)] };
}

/** The agent goes on from the new tree: the old one goes some day. */
export function renewed({ installation: { serving } }: Ground, change: Change | undefined): Step | undefined {
  if (serving === undefined || change === undefined) return undefined;
  return { name: 'agent', finish: () => serving.restart(), isDispensable: true };
}

function prepare(ground: Ground, folder: string): Step | undefined {
  const { prepare: hook } = ground.installation.hooks;
  if (hook === undefined) return undefined;
  return {
    name: prepareStep,
    async run(signal) {
      await runCommand(ground, 'prepare', hook, signal, folder);
    },
  };
}

/** Refuses writes from now on: what is written since a copy was taken would be lost with it. */
function maintenance(ground: Ground, isNeeded: boolean): Step | undefined {
  const { hooks, maintenance: mode = 'auto' } = ground.installation;
  if (mode === 'never' || (mode === 'auto' && !isNeeded)) return undefined;
  const off = async () => runStep(ground, 'maintenance off', hooks.maintenanceOff);
  return {
    name: 'maintenance',
    run: (signal) => runStep(ground, 'maintenance on', hooks.maintenanceOn, signal),
    undo: off,
    finish: off,
  };
}

/** Undone last of what touches the application: its caches are made anew from the old files. */
export function oldCaches(ground: Ground): Step {
  return { name: 'old caches', undo: () => afterwards(ground), isDispensable: true };
}

export const caches = (ground: Ground): Step => ({
  name: 'caches',
  run: (signal) => afterwards(ground, signal),
});

function health(ground: Ground): Step {
  const check = ground.installation.hooks.health;
  return {
    name: 'health',
    async run(signal) {
      if (check !== undefined)
        await proveHealth(check, ground.version, () => runCommand(ground, 'health', check, signal), signal);
    },
  };
}

async function afterwards(ground: Ground, signal?: AbortSignal): Promise<void> {
  for (const hook of ground.installation.hooks.afterUpdate)
    await runStep(ground, 'after update', hook, signal);
}

async function runStep(
  ground: Ground,
  name: string,
  hook: Hook | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (hook !== undefined) await runCommand(ground, name, hook, signal);
}

function runCommand(
  ground: Ground,
  name: string,
  hook: Hook,
  signal?: AbortSignal,
  folder = treeOf(ground.installation),
): Promise<string> {
  const { db, installation, version, previous } = ground;
  const around = {
    db,
    folder,
    log: logOf(installation.folder),
    environment: { ...installation.environment, NADI_VERSION: version, NADI_PREVIOUS: previous },
    leavesNothing: name === 'migrate',
  };
  return runHook(name, hook, around, signal);
}

function versionStep(root: string, work: string, version: string): Step {
  const news = join(work, 'version-new');
  const step = replaceFiles({
    root,
    news,
    folder: join(work, 'version'),
    changes: [{ action: 'update', path: '.version' }],
    excluded: [],
  });
  return {
    ...step,
    name: 'version',
    async run(signal) {
      mkdirSync(news, { recursive: true });
      writeWhole(join(news, '0'), `${version}\n`);
      await step.run?.(signal);
    },
  };
}
