import { AppError, fieldError } from '#kit/errors.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { verifyPassword } from './password-hash.ts';
import { refuseLimitedToken } from './policy.ts';
import { findUser, type UserRow } from './queries.ts';
import { type Attempt, beginAttempt, userLimit } from './throttle.ts';

/**
 * Has a signed-in person prove the password before something that guards the account is changed. The attempt
 * stays counted until the caller ends it.
 * @throws {AppError} forbidden for a limited token, too_many_requests, validation_failed naming `field`.
 */
export async function provePassword(
  kit: Kit,
  call: SignedInCall,
  password: string,
  field: string,
): Promise<{ user: UserRow; attempt: Attempt }> {
  refuseLimitedToken(call.actor);
  const attempt = await beginAttempt(kit, [userLimit(call.actor.userId)]);
  const user = await findUser(kit.db, call.actor.userId);
  if (!user) throw new AppError('unauthenticated');
  if (!(await verifyPassword(password, user.password))) {
    throw fieldError(field, { en: 'This is not your password.', id: 'Ini bukan kata sandi Anda.' });
  }
  return { user, attempt };
}
