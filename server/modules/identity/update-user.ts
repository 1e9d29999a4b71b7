import type { Role } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { emailTaken } from './create-user.ts';
import { hashPassword } from './password-hash.ts';
import { refuseUnlessManages } from './policy.ts';
import { presentUser, roleOf, type User } from './present.ts';
import { lockWithAdministrators, type UserRow, updateUserRow } from './queries.ts';
import { deleteResetTokensOf } from './reset-queries.ts';
import { losesLastAdministrator, passwordFault } from './rules.ts';
import { deleteTokensOf } from './token-queries.ts';

export interface UserInput {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  readonly role?: Role | undefined;
  readonly is_active?: boolean | undefined;
}

/**
 * Changes a user. Deactivating, or a new password, ends all the user's tokens and sessions.
 * @throws {AppError} not_found, forbidden, last_administrator, or validation_failed naming `email` or `password`.
 */
export async function updateUser(kit: Kit, call: SignedInCall, id: string, input: UserInput): Promise<User> {
  if (input.password !== undefined && id === call.actor.userId) {
    throw fieldError('password', {
      en: 'Change your own password at /api/me/password, which asks for the present one.',
      id: 'Ganti kata sandi sendiri di /api/me/password, yang meminta kata sandi sekarang.',
    });
  }
  const password = input.password === undefined ? undefined : await hashPassword(input.password);
  try {
    return await inTransaction(kit.db, (tx) =>
      applyChanges(kit, tx, call, id, { ...input, password }, input.password),
    );
  } catch (error) {
    throw emailTaken(error) ?? error;
  }
}

async function applyChanges(
  kit: Kit,
  tx: Tx,
  call: SignedInCall,
  id: string,
  changes: UserInput,
  plainPassword: string | undefined,
): Promise<User> {
  const users = await lockWithAdministrators(tx, id);
  const before = users.find((user) => user.id === id);
  if (!before) throw new AppError('not_found');
  const after = { role: changes.role ?? roleOf(before), is_active: changes.is_active ?? before.is_active };
  refuseUnlessManages(call.actor, roleOf(before));
  refuseUnlessManages(call.actor, after.role);
  refuseLosingLast(users, id, after);
  const email = changes.email ?? before.email;
  const fault = plainPassword === undefined ? undefined : passwordFault(plainPassword, email);
  if (fault) throw fieldError('password', fault);
  const moved = email !== before.email;
  const values = moved ? { ...changes, email_verified_at: null } : changes;
  const row = await updateUserRow(tx, id, values, instantText(kit.clock.now()));
  const subject = { subjectType: 'user', subjectId: id };
  const ends = changes.password !== undefined || !row.is_active;
  const revoked = ends ? await deleteTokensOf(tx, id) : 0;
  if (ends || moved) await deleteResetTokensOf(tx, before.email);
  const user = presentUser(row);
  await recordChanges(tx, kit.clock, call.author, [
    { action: 'user.updated', ...subject, before: presentUser(before), after: user },
    ...(changes.password === undefined
      ? []
      : [{ action: 'password.changed', ...subject, after: { tokens_revoked: revoked } }]),
  ]);
  return user;
}

/** `users` as {@link lockWithAdministrators} gives them. @throws {AppError} last_administrator. */
export function refuseLosingLast(
  users: readonly UserRow[],
  id: string,
  after: { role: Role; is_active: boolean } | undefined,
): void {
  const standings = users.map((user) => ({ id: user.id, role: roleOf(user), is_active: user.is_active }));
  if (losesLastAdministrator(standings, id, after)) throw new AppError('last_administrator');
}
