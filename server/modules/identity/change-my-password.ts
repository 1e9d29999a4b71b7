import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { fieldError } from '#kit/errors.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { provePassword } from './own-password.ts';
import { hashPassword } from './password-hash.ts';
import { updateUserRow } from './queries.ts';
import { deleteResetTokensOf } from './reset-queries.ts';
import { passwordFault } from './rules.ts';
import { deleteTokensOf } from './token-queries.ts';

/**
 * Changes one's own password; all other tokens and sessions end, and reset links on their way stop working.
 * @throws {AppError} validation_failed naming `current_password` or `new_password`, forbidden, too_many_requests.
 */
export async function changeMyPassword(
  kit: Kit,
  call: SignedInCall,
  input: { current_password: string; new_password: string },
): Promise<void> {
  const { user, attempt } = await provePassword(kit, call, input.current_password, 'current_password');
  await attempt.succeeded();
  const fault = passwordFault(input.new_password, user.email);
  if (fault) throw fieldError('new_password', fault);
  const password = await hashPassword(input.new_password);
  await inTransaction(kit.db, async (tx) => {
    await updateUserRow(tx, user.id, { password }, instantText(kit.clock.now()));
    const revoked = await deleteTokensOf(tx, user.id, call.actor.tokenId);
    await deleteResetTokensOf(tx, user.email);
    await recordChanges(tx, kit.clock, call.author, [
      {
        action: 'password.changed',
        subjectType: 'user',
        subjectId: user.id,
        after: { tokens_revoked: revoked },
      },
    ]);
  });
}
