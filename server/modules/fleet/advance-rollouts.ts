import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { type Author, systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { raiseAlerts } from '../alerts/index.ts';
import type { FleetHooks } from './hooks.ts';
import { type Draw, drawMembers, dropUnreached, settleMembers, versionsRun } from './member-queries.ts';
import { healthOf, lockRollout, type RolloutRow, rolloutsAtWork, updateRollout } from './rollout-queries.ts';
import { judge, type Verdict } from './rollout-rules.ts';
import { compareVersions, parseVersion } from './version.ts';

type Hold = Pick<FleetHooks, 'holdRelease'>;

/**
 * Brings every rollout as far as the health of its members allows. Each is one transaction under its row's lock, so it may run twice, on
 * two nodes, or be killed anywhere.
 */
export async function advanceRollouts(kit: Kit, hooks: Hold, signal?: AbortSignal): Promise<void> {
  for (const id of await rolloutsAtWork(kit.db, instantText(kit.clock.now()))) {
    if (signal?.aborted) return;
    await inTransaction(kit.db, async (tx) => {
      const rollout = await lockRollout(tx, id);
      if (rollout) await advance(tx, hooks, rollout, instantText(kit.clock.now()));
    });
  }
}

async function advance(tx: Tx, hooks: Hold, rollout: RolloutRow, at: string): Promise<void> {
  const { state, starts_at: startsAt, stage_since: since } = rollout;
  if (state === 'waiting' && since === null) {
    const [first] = rollout.stages;
    const isDue = startsAt !== null && startsAt <= at;
    if (isDue && first !== undefined && !first.needs_approval) await enterStage(tx, rollout, 0, at);
    return;
  }
  await settleMembers(tx, rollout, at);
  const stage = rollout.stages[rollout.stage];
  const isRunning = state === 'running';
  if (stage === undefined || (!isRunning && state !== 'waiting')) return;
  const drawn = await drawOf(tx, rollout, rollout.stage);
  if (isRunning && drawn && (await dropUnreached(tx, drawn, at)) > 0) await drawMembers(tx, drawn, at);
  const verdict = judge(stage, await healthOf(tx, rollout.id));
  if (verdict.kind === 'halt')
    await halt(tx, hooks, systemAuthor('fleet.rollouts'), rollout, reasonOf(verdict), at);
  if (verdict.kind === 'advance' && isRunning) await nextStage(tx, rollout, at);
}

/** Goes on to the next stage, or to the end; a stage that needs approval waits for it. */
export async function nextStage(tx: Tx, rollout: RolloutRow, at: string): Promise<void> {
  const index = rollout.stage + 1;
  const stage = rollout.stages[index];
  if (stage === undefined) {
    await updateRollout(tx, rollout.id, { state: 'done', state_reason: null, ended_at: at }, at);
  } else if (stage.needs_approval) {
    const change = { state: 'waiting', state_reason: 'approval', stage: index, stage_since: at };
    await updateRollout(tx, rollout.id, change, at);
  } else await enterStage(tx, rollout, index, at);
}

export async function enterStage(tx: Tx, rollout: RolloutRow, index: number, at: string): Promise<void> {
  const change = { state: 'running', state_reason: null, stage: index, stage_since: at };
  await updateRollout(tx, rollout.id, change, at);
  const drawn = await drawOf(tx, rollout, index);
  if (drawn) await drawMembers(tx, drawn, at);
}

const channelsOf: Readonly<Record<string, readonly string[]>> = {
  stable: ['stable', 'beta', 'alpha'],
  beta: ['beta', 'alpha'],
  alpha: ['alpha'],
};

async function drawOf(tx: Tx, rollout: RolloutRow, stageIndex: number): Promise<Draw | undefined> {
  const stage = rollout.stages[stageIndex];
  const target = parseVersion(rollout.version);
  if (stage === undefined || target === undefined) return undefined;
  const least = rollout.min_version === null ? undefined : parseVersion(rollout.min_version);
  const from = (await versionsRun(tx)).filter((text) => {
    const version = parseVersion(text);
    return (
      version !== undefined &&
      compareVersions(version, target) < 0 &&
      (least === undefined || compareVersions(version, least) >= 0)
    );
  });
  const { id: rolloutId, version, channel, force, is_floor: isFloor } = rollout;
  const channels = channelsOf[channel] ?? [];
  return { rolloutId, version, stageIndex, stage, from, channels, isUrgent: force || isFloor };
}

/** Stops offering the release to anybody; those who took it are offered the way back. Somebody is told. */
export async function halt(
  tx: Tx,
  hooks: Hold,
  author: Author,
  rollout: RolloutRow,
  reason: string,
  at: string,
): Promise<void> {
  await updateRollout(tx, rollout.id, { state: 'halted', state_reason: reason }, at);
  await hold(tx, hooks, author, rollout, reason);
  await raiseAlerts(
    tx,
    [
      {
        type: 'update',
        severity: 'critical',
        title: `Rollout ${rollout.version} dihentikan`,
        message: `Rollout versi ${rollout.version} berhenti di tahap ${rollout.stage + 1}: ${reason}`,
        meta: { rollout_id: rollout.id, version: rollout.version, stage: rollout.stage },
        once_for: `rollout_halted:${rollout.id}:${at}`,
        subject: `rollout:${rollout.id}`,
      },
    ],
    at,
  );
}

/** One that is not published is offered to nobody as it is. */
export async function hold(
  tx: Tx,
  { holdRelease }: Hold,
  author: Author,
  { release_id: id, release_state: state }: RolloutRow,
  reason: string,
): Promise<void> {
  if (state === 'published') await holdRelease(tx, author, id, reason);
}

function reasonOf({ failed, tried, environment }: Extract<Verdict, { kind: 'halt' }>): string {
  const where = environment === undefined ? '' : ` in the environment "${environment}"`;
  return `${failed} of ${tried} installations that took it failed${where}.`;
}
