import { instantText } from '#kit/clock.ts';
import { sha256Hex } from '#kit/crypto.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { fieldError } from '#kit/errors.ts';
import type { Author, Call } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { hashPassword } from './password-hash.ts';
import { findUserRowByEmail, updateUserRow } from './queries.ts';
import { putResetToken, useResetToken } from './reset-queries.ts';
import { passwordFault } from './rules.ts';
import { emailLimit } from './throttle.ts';
import { forgetAttempts } from './throttle-queries.ts';
import { deleteTokensOf } from './token-queries.ts';
import { newTokenSecret } from './token-text.ts';

export const resetMinutes = 60;

export interface IssuedReset {
  /** Opens the page where a new password is chosen. Works once, for 60 minutes, until another one is made. */
  readonly reset_url: string;
  readonly expires_at: string;
}

/** Makes a reset link for a user without asking who may: for the mail, for administrators, for the command line. */
export async function issuePasswordReset(
  kit: Kit,
  tx: Tx,
  author: Author,
  user: { readonly id: string; readonly email: string },
): Promise<IssuedReset> {
  const secret = newTokenSecret();
  const now = kit.clock.now();
  await putResetToken(tx, user.email, sha256Hex(secret), instantText(now));
  const expires_at = instantText(now.add({ minutes: resetMinutes }));
  await recordChanges(tx, kit.clock, author, [
    { action: 'password.reset_issued', subjectType: 'user', subjectId: user.id, after: { expires_at } },
  ]);
  const query = new URLSearchParams({ email: user.email, token: secret });
  return { reset_url: `${kit.config.frontendUrl}/reset-password?${query}`, expires_at };
}

/**
 * Spends a reset token: sets the password, ends all tokens and sessions, and lifts the lock of the e-mail.
 * @throws {AppError} validation_failed naming `token` (also where there is no such account) or `password`.
 */
export async function resetPassword(
  kit: Kit,
  call: Call,
  input: { email: string; token: string; password: string },
): Promise<void> {
  const fault = passwordFault(input.password, input.email);
  if (fault) throw fieldError('password', fault);
  const now = kit.clock.now();
  const since = instantText(now.subtract({ minutes: resetMinutes }));
  await inTransaction(kit.db, async (tx) => {
    const used = await useResetToken(tx, input.email, sha256Hex(input.token), since);
    const user = used ? await findUserRowByEmail(tx, input.email) : undefined;
    if (!user) throw unusable();
    await updateUserRow(tx, user.id, { password: await hashPassword(input.password) }, instantText(now));
    const revoked = await deleteTokensOf(tx, user.id);
    const author: Author = { ...call.author, userId: user.id, name: user.email };
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'password.reset',
        subjectType: 'user',
        subjectId: user.id,
        after: { tokens_revoked: revoked },
      },
    ]);
  });
  await forgetAttempts(kit.db, emailLimit(input.email).key);
}

function unusable() {
  return fieldError('token', {
    en: 'This link is not valid, was used, or is older than an hour. Ask for a new one.',
    id: 'Tautan ini tidak berlaku, sudah dipakai, atau lebih dari satu jam. Minta yang baru.',
  });
}
