import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { enterStage, halt, hold, nextStage } from './advance-rollouts.ts';
import type { FleetHooks } from './hooks.ts';
import {
  findRelease,
  insertRollout,
  lockRollout,
  type RolloutRow,
  updateRollout,
} from './rollout-queries.ts';
import type { Stage } from './rollout-rules.ts';

type Hold = Pick<FleetHooks, 'holdRelease' | 'offerRelease'>;

/** Plans a rollout; gives its id. @throws {AppError} validation_failed, rollout_open */
export async function createRollout(
  kit: Kit,
  author: Author,
  input: { readonly version: string; readonly starts_at: string | null; readonly stages: readonly Stage[] },
): Promise<string> {
  for (const [index, stage] of input.stages.entries()) requireStage(stage, `stages.${index}`);
  const id = newId(kit.clock);
  try {
    await inTransaction(kit.db, async (tx) => {
      const release = await findRelease(tx, input.version);
      if (!release || release.state === 'yanked') {
        throw fieldError('version', {
          en: 'There is no such release, or it was withdrawn for good.',
          id: 'Rilis ini tidak ada, atau sudah ditarik untuk selamanya.',
        });
      }
      const { stages, starts_at: startsAt } = input;
      await insertRollout(
        tx,
        { id, release_id: release.id, stages, starts_at: startsAt },
        instantText(kit.clock.now()),
      );
      await record(kit, tx, author, id, 'rollout.created', { ...input });
    });
    return id;
  } catch (error) {
    if (violatedConstraint(error) === 'rollouts_open') throw new AppError('rollout_open');
    throw error;
  }
}

function requireStage({ count, percent, window_from: from, window_until: until }: Stage, path: string): void {
  if (count !== undefined && percent !== undefined) {
    throw fieldError(`${path}.percent`, {
      en: 'Give a count or a percentage, not both.',
      id: 'Isi jumlah atau persentase, jangan keduanya.',
    });
  }
  if ((from === null) !== (until === null)) {
    throw fieldError(`${path}.${from === null ? 'window_from' : 'window_until'}`, {
      en: 'Give both hours, or neither.',
      id: 'Isi kedua jam, atau kosongkan keduanya.',
    });
  }
}

/** Starts one that waits for its start. @throws {AppError} not_found, rollout_state */
export const startRollout = (kit: Kit, author: Author, id: string) =>
  acting(kit, author, id, 'rollout.started', undefined, async (tx, rollout, at) => {
    require(rollout.state === 'waiting' && rollout.stage_since === null);
    await enterStage(tx, rollout, 0, at);
  });

/** Approves the stage that waits, or goes on to the next. @throws {AppError} not_found, rollout_state */
export const advanceRollout = (kit: Kit, author: Author, id: string) =>
  acting(kit, author, id, 'rollout.advanced', undefined, async (tx, rollout, at) => {
    const awaits = rollout.state === 'waiting' && rollout.stage_since !== null;
    require(awaits || rollout.state === 'running');
    if (awaits) await enterStage(tx, rollout, rollout.stage, at);
    else await nextStage(tx, rollout, at);
  });

/** @throws {AppError} not_found, rollout_state */
export const haltRollout = (kit: Kit, hooks: Hold, author: Author, id: string, reason: string) =>
  acting(kit, author, id, 'rollout.halted', reason, async (tx, rollout, at) => {
    require(rollout.state === 'running' || rollout.state === 'waiting');
    await halt(tx, hooks, author, rollout, reason, at);
  });

/** Failures until now no longer count. @throws {AppError} not_found, rollout_state */
export const resumeRollout = (kit: Kit, hooks: Hold, author: Author, id: string, reason: string) =>
  acting(kit, author, id, 'rollout.resumed', reason, async (tx, rollout, at) => {
    require(rollout.state === 'halted');
    if (rollout.release_state === 'held') await hooks.offerRelease(tx, author, rollout.release_id);
    const wasStarted = rollout.stage_since !== null;
    const state = wasStarted ? 'running' : 'waiting';
    await updateRollout(tx, id, { state, state_reason: null, counted_from: at }, at);
  });

/** Undoes it for good, also one that is done. @throws {AppError} not_found, rollout_state */
export const undoRollout = (kit: Kit, hooks: Hold, author: Author, id: string, reason: string) =>
  acting(kit, author, id, 'rollout.undone', reason, async (tx, rollout, at) => {
    require(rollout.state !== 'undone');
    await hold(tx, hooks, author, rollout, reason);
    await updateRollout(tx, id, { state: 'undone', state_reason: reason, ended_at: at }, at);
  });

function require(allowed: boolean): void {
  if (!allowed) throw new AppError('rollout_state');
}

function acting(
  kit: Kit,
  author: Author,
  id: string,
  action: string,
  reason: string | undefined,
  work: (tx: Tx, rollout: RolloutRow, at: string) => Promise<void>,
): Promise<void> {
  return inTransaction(kit.db, async (tx) => {
    const rollout = await lockRollout(tx, id);
    if (!rollout) throw new AppError('not_found');
    await work(tx, rollout, instantText(kit.clock.now()));
    const { version, state, stage } = rollout;
    await record(kit, tx, author, id, action, {
      version,
      state_before: state,
      stage,
      ...(reason === undefined ? {} : { reason }),
    });
  });
}

function record(kit: Kit, tx: Tx, author: Author, id: string, action: string, after: object): Promise<void> {
  return recordChanges(tx, kit.clock, author, [{ action, subjectType: 'rollout', subjectId: id, after }]);
}
