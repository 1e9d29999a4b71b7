import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { enqueue } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday } from '../organisation/index.ts';
import { checkMembers, lockQuotas, markDue, takeChecks } from './check-queries.ts';
import type { QuotaHooks } from './hooks.ts';

/** How many members are looked at in one transaction: adjustments and top-ups wait for no more than that. */
const batch = 5000;

/** Looks at all members of whom anything changed, or whose period is over, until none is left. */
export async function checkChanged(kit: Kit, hooks: QuotaHooks): Promise<void> {
  await markDue(kit.db, await organisationToday(kit));
  for (;;) {
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
