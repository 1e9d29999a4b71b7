import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findCustomer } from '../customers/index.ts';
import { adjustOne, ownQuota } from './adjust-queries.ts';
import { checkNow } from './check-members.ts';
import { bumpVersion, lockQuotas } from './check-queries.ts';
import type { QuotaHooks } from './hooks.ts';
import { findMember } from './member-queries.ts';
import { presentMember } from './present.ts';

/** How a member stands; without a quota, with nulls. @throws {AppError} not_found */
export async function showMember(kit: Kit, id: string) {
  const customer = await findCustomer(kit.db, id);
  if (!customer) throw new AppError('not_found');
  return presentMember(customer, await findMember(kit.db, id));
}

/** Refuses what is no customer. @throws {AppError} validation_failed */
export async function requireMember(tx: Tx, id: string): Promise<void> {
  if (await findCustomer(tx, id)) return;
  throw fieldError('member_id', { en: 'There is no such member.', id: 'Anggota ini tidak ada.' });
}

/**
 * Gives a member a quota of its own, or with null that of its membership type again. Limits follow in the same transaction.
 * @throws {AppError} validation_failed
 */
export async function adjustQuota(
  kit: Kit,
  hooks: QuotaHooks,
  author: Author,
  input: { readonly member_id: string; readonly new_quota: number | null; readonly reason: string },
): Promise<void> {
  const { member_id: id, new_quota: quota, reason } = input;
  await inTransaction(kit.db, async (tx) => {
    await lockQuotas(tx);
    await requireMember(tx, id);
    const before = await ownQuota(tx, id);
    const after = quota === null ? null : String(quota);
    const actor = { userId: author.userId ?? null, actor: author.name };
    await adjustOne(tx, id, { quota: after, reason, ...actor, at: instantText(kit.clock.now()) });
    await bumpVersion(tx);
    await checkNow(kit, tx, hooks, [id]);
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'quota.adjusted',
        subjectType: 'customer',
        subjectId: id,
        before: { quota: before },
        after: { quota: after, reason },
      },
    ]);
  });
}
