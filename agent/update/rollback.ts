import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { FileChange } from '../layouts/before.ts';
import { replaceFiles } from '../layouts/in-place.ts';
import { settle, switchTo } from '../layouts/releases.ts';
import type { Change } from '../supervise/steps.ts';
import type { Step } from '../transaction/run-transaction.ts';
import type { Agent, Installation } from './installation.ts';
import { forgetPrevious, layBack, type Reverse, readPrevious } from './previous.ts';
import { caches, oldCaches, renewed, turns, workOf } from './steps.ts';

/** What going back does, as it stands in the journal. */
export interface RollbackInput {
  /** What it goes back to, and from. */
  readonly version: string;
  readonly previous: string;
  readonly stage: string;
  readonly release?: { readonly from: string; readonly to: string };
  readonly files?: Reverse;
  readonly dotVersion?: readonly FileChange[];
  readonly serving?: Change;
}

/**
 * What leads back from the last update, staged. Only code goes back: what was written since stays (decisions.md, Updates).
 * @throws {AgentError} nothing_to_roll_back; rollback_needs_restore where the old code cannot run on the databases as they are now
 */
export function planRollback({ folder }: Installation): { input: RollbackInput; updateId: number | null } {
  const last = readPrevious(folder);
  if (last === undefined)
    throw new AgentError('nothing_to_roll_back', {
      en: 'There is no update to go back from: none was applied here, or it was gone back from already.',
      id: 'Tidak ada pembaruan yang bisa dikembalikan: belum pernah ada, atau sudah dikembalikan.',
    });
  if (last.isLocked)
    throw new AgentError('rollback_needs_restore', {
      en: `Version ${last.previous} cannot run on the databases of ${last.version}. Restore the backup taken before it: backup:list shows it, and backup:restore ID tells first what would be lost.`,
      id: `Versi ${last.previous} tidak bisa berjalan dengan basis data ${last.version}. Pulihkan cadangan sebelum pembaruan itu: backup:list menampilkannya, dan backup:restore ID memberi tahu dulu apa yang akan hilang.`,
    });
  const stage = join(folder, 'rollback');
  rmSync(stage, { recursive: true, force: true });
  const { updateId, release } = last;
  const common = { version: last.previous, previous: last.version, stage };
  if (release !== undefined)
    return { updateId, input: { ...common, release: { from: release.to, to: release.from } } };
  const files = layBack(folder, 'files', last.changes, join(stage, 'new'));
  const dotVersion = last.isWhole
    ? layBack(folder, 'version', [{ action: 'update', path: '.version' }], join(stage, 'version')).changes
    : [];
  return { updateId, input: { ...common, files, dotVersion } };
}

/** The steps of going back, made from what the journal holds. */
export function stepsOfRollback(
  agent: Agent,
  input: RollbackInput,
  updateId: number | null,
): readonly Step[] {
  const { root, folder, layout, excluded } = agent.installation;
  const { stage, release } = input;
  const work = workOf(stage);
  const ground = { ...input, ...agent, updateId };
  const { first, last } = turns(ground, input.serving, false);
  const inPlace = { root, excluded, isDressed: true };
  const steps: (Step | undefined)[] = [
    first,
    oldCaches(ground),
    release === undefined
      ? replaceFiles({
          ...inPlace,
          news: join(stage, 'new'),
          folder: join(work, 'files'),
          changes: input.files?.changes ?? [],
          emptied: input.files?.emptied ?? [],
        })
      : switchTo(root, release.to, work),
    caches(ground),
    ...last,
    (input.dotVersion ?? []).length === 0
      ? undefined
      : {
          ...replaceFiles({
            ...inPlace,
            excluded: [],
            news: join(stage, 'version'),
            folder: join(work, 'version'),
            changes: input.dotVersion ?? [],
          }),
          name: 'version',
        },
    {
      name: 'tidy',
      async finish() {
        if (release !== undefined && layout?.is === 'releases')
          settle(root, folder, { ...release, keep: layout.keep });
        forgetPrevious(folder);
        rmSync(stage, { recursive: true, force: true });
      },
    },
    renewed(ground, input.serving),
  ];
  return steps.filter((step) => step !== undefined);
}
