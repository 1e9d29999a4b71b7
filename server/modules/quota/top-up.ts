import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { keyUsed } from '../payments/index.ts';
import { addTopUpCharge, findTopUpByKey, insertTopUp, leadOf, type TopUpRow } from './adjust-queries.ts';
import { requireMember } from './adjust-quota.ts';
import { checkNow } from './check-members.ts';
import { bumpVersion, lockQuotas } from './check-queries.ts';
import type { QuotaHooks } from './hooks.ts';
import { findMember } from './member-queries.ts';
import { presentTopUp } from './present.ts';

export interface TopUpInput {
  readonly member_id: string;
  readonly gigabytes: number;
  /** Decimal text; without it, it is free. */
  readonly price?: string | undefined;
  /** With one that was used for the same top-up before, that one is answered and nothing is added. */
  readonly idempotency_key?: string | undefined;
}

/**
 * Adds to what a member may use in the running period; a price waits as a charge for the next invoice of the longest-running
 * subscription. Limits follow in the same transaction.
 * @throws {AppError} validation_failed; quota_none where the member has no quota that runs
 */
export function topUp(kit: Kit, hooks: QuotaHooks, author: Author, input: TopUpInput): Promise<TopUpRow> {
  return inTransaction(kit.db, async (tx) => {
    await lockQuotas(tx);
    const earlier = await earlierTopUp(tx, input);
    if (earlier) return earlier;
    const { member_id: id } = input;
    await requireMember(tx, id);
    await checkNow(kit, tx, hooks, [id]);
    const period = await findMember(tx, id);
    const lead = await leadOf(tx, id);
    if (!period || period.state === 'off' || lead === undefined) throw new AppError('quota_none');
    const at = instantText(kit.clock.now());
    const gigabytes = String(input.gigabytes);
    const charge =
      input.price === undefined
        ? null
        : await addTopUpCharge(tx, lead, { id: newId(kit.clock), gigabytes, price: input.price, at });
    const row = await insertTopUp(tx, {
      id: newId(kit.clock),
      memberId: id,
      periodStart: period.period_start,
      gigabytes,
      price: input.price ?? null,
      chargeId: charge,
      key: input.idempotency_key ?? null,
      author,
      at,
    });
    await bumpVersion(tx);
    await checkNow(kit, tx, hooks, [id]);
    await recordChanges(tx, kit.clock, author, [
      { action: 'quota.topped_up', subjectType: 'customer', subjectId: id, after: presentTopUp(row) },
    ]);
    return row;
  });
}

/** @throws {AppError} validation_failed where the key was used for another top-up */
async function earlierTopUp(tx: Tx, input: TopUpInput): Promise<TopUpRow | undefined> {
  const key = input.idempotency_key;
  const earlier = key === undefined ? undefined : await findTopUpByKey(tx, key);
  if (!earlier) return undefined;
  const same =
    earlier.member_id === input.member_id &&
    Number(earlier.gigabytes) === input.gigabytes &&
    earlier.price === (input.price ?? null);
  if (same) return earlier;
  throw keyUsed();
}
