import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { enqueue } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday } from '../organisation/index.ts';
import { checkMembers, lockQuotas, markDue, takeChecks } from './check-queries.ts';
import type { QuotaHooks } from './hooks.ts';

/** How many members are looked at in one transaction: adjustments and top-ups wait for no more than that. */
const usualBatch = 5000;

/** How long a job works before it leaves the rest to that of the next minute, in seconds. */
const workSeconds = 50;

export interface Work {
  readonly signal?: AbortSignal;
  /** How many members one transaction is for. */
  readonly batch?: number;
}

/**
 * Whether a job may go on. One that never ended would never see whose period is over meanwhile, and with one more each minute they
 * would keep all others from working.
 */
export function timeToWork(kit: Kit, signal: AbortSignal | undefined): () => boolean {
  const until = kit.clock.now().add({ seconds: workSeconds }).epochMilliseconds;
  return () => signal?.aborted !== true && kit.clock.now().epochMilliseconds < until;
}

/** Looks at members of whom anything changed, or whose period is over, until none is left or the time is over. */
export async function checkChanged(
  kit: Kit,
  hooks: QuotaHooks,
  { signal, batch = usualBatch }: Work = {},
): Promise<void> {
  const mayGoOn = timeToWork(kit, signal);
  await markDue(kit.db, await organisationToday(kit));
  while (mayGoOn()) {
    const looked = await inTransaction(kit.db, async (tx) => {
      await lockQuotas(tx);
      const members = await takeChecks(tx, batch);
      if (members.length > 0) await checkNow(kit, tx, hooks, members);
      return members.length;
    });
    if (looked === 0) return;
  }
}

/** Looks at these members now. The caller holds the quotas' lock. */
export async function checkNow(
  kit: Kit,
  tx: Tx,
  hooks: QuotaHooks,
  members: readonly string[],
): Promise<void> {
  const today = await organisationToday(kit, tx);
  await checkMembers(tx, hooks, members, { today, at: instantText(kit.clock.now()) });
}

/** Asks for a look at what changed, soon; requests that wait are one. */
export const requestCheck = (tx: Tx): Promise<void> =>
  enqueue(tx, [{ name: 'quota.check', payload: {}, key: 'quota.check' }]);
