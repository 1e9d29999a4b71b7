import { inTransaction } from '#kit/db.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { clearSessionCookies } from './session.ts';
import { deleteToken } from './token-queries.ts';

/** Revokes the token or session in use, and no other (spec 3 §6). */
export async function logOut(kit: Kit, call: SignedInCall): Promise<{ message: string }> {
  const { userId, tokenId, csrfToken } = call.actor;
  await inTransaction(kit.db, async (tx) => {
    await deleteToken(tx, userId, tokenId);
    await recordChanges(tx, kit.clock, call.author, [
      { action: 'logout', subjectType: 'user', subjectId: userId },
    ]);
  });
  if (csrfToken !== undefined) clearSessionCookies(call);
  return { message: 'Logged out successfully' };
}
