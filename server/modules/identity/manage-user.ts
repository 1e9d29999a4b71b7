import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import type { UserHooks } from './hooks.ts';
import { type IssuedReset, issuePasswordReset } from './password-reset.ts';
import { refuseUnlessManages } from './policy.ts';
import { presentUser, roleOf } from './present.ts';
import { deleteUserRow, lockUserAlone, lockWithAdministrators, type UserRow } from './queries.ts';
import { deleteResetTokensOf } from './reset-queries.ts';
import { clearTwoFactor } from './two-factor.ts';
import { refuseLosingLast } from './update-user.ts';

/**
 * Deletes a person. What they did stays in the audit log under their name, without the link to them.
 * @throws {AppError} own_account, not_found, forbidden, last_administrator, and what the hook refuses
 */
export async function deleteUser(kit: Kit, hooks: UserHooks, call: SignedInCall, id: string): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const { user, users } = await lockOther(tx, call, id);
    refuseLosingLast(users, id, undefined);
    await lockUserAlone(tx, id);
    await hooks.beforeDelete(tx, id);
    await recordChanges(tx, kit.clock, call.author, [
      { action: 'user.deleted', subjectType: 'user', subjectId: id, before: presentUser(user) },
    ]);
    await deleteResetTokensOf(tx, user.email);
    await deleteUserRow(tx, id);
  });
}

/** Makes a reset link for another user, to be handed over where there is no mail. */
export async function issueUserPasswordReset(kit: Kit, call: SignedInCall, id: string): Promise<IssuedReset> {
  return inTransaction(kit.db, async (tx) => {
    const { user } = await lockOther(tx, call, id);
    return issuePasswordReset(kit, tx, call.author, user);
  });
}

/** Lets a user who lost device and recovery codes sign in with the password alone. */
export async function disableUserTwoFactor(kit: Kit, call: SignedInCall, id: string): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const { user } = await lockOther(tx, call, id);
    if (user.totp_confirmed_at === null) throw new AppError('two_factor_state');
    await clearTwoFactor(kit, tx, id);
    await recordChanges(tx, kit.clock, call.author, [
      { action: 'two_factor.disabled', subjectType: 'user', subjectId: id },
    ]);
  });
}

/**
 * A user other than oneself: a stolen session must not get at its owner's account without password or code.
 * @throws {AppError} own_account, not_found, forbidden.
 */
async function lockOther(
  tx: Tx,
  call: SignedInCall,
  id: string,
): Promise<{ user: UserRow; users: readonly UserRow[] }> {
  if (id === call.actor.userId) throw new AppError('own_account');
  const users = await lockWithAdministrators(tx, id);
  const user = users.find((candidate) => candidate.id === id);
  if (!user) throw new AppError('not_found');
  refuseUnlessManages(call.actor, roleOf(user));
  return { user, users };
}
