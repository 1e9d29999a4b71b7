import type { Role } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { type AppError, fieldError } from '#kit/errors.ts';
import type { Author, SignedInCall } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { hashPassword } from './password-hash.ts';
import { refuseUnlessManages } from './policy.ts';
import { presentUser, type User } from './present.ts';
import { insertUser } from './queries.ts';
import { passwordFault } from './rules.ts';

export interface NewUserInput {
  readonly name: string;
  /** In lower case. */
  readonly email: string;
  readonly password: string;
  readonly role: Role;
  readonly is_active?: boolean;
}

/**
 * Adds a user without asking who may, and takes the password as it is: for `seed`, set-up and the demo.
 * @throws {AppError} validation_failed naming `email` when it is taken; the transaction cannot go on then.
 */
export async function createUser(kit: Kit, tx: Tx, author: Author, input: NewUserInput): Promise<User> {
  const { name, email, role, is_active = true } = input;
  const password = await hashPassword(input.password);
  const id = newId(kit.clock);
  try {
    const row = await insertUser(tx, {
      id,
      name,
      email,
      password,
      role,
      is_active,
      at: instantText(kit.clock.now()),
    });
    const after = presentUser(row);
    await recordChanges(tx, kit.clock, author, [
      { action: 'user.created', subjectType: 'user', subjectId: id, after },
    ]);
    return after;
  } catch (error) {
    throw emailTaken(error) ?? error;
  }
}

/** Adds a user for an administrator. @throws {AppError} forbidden, or validation_failed naming `email` or `password`. */
export async function addUser(kit: Kit, call: SignedInCall, input: NewUserInput): Promise<User> {
  refuseUnlessManages(call.actor, input.role);
  const fault = passwordFault(input.password, input.email);
  if (fault) throw fieldError('password', fault);
  return inTransaction(kit.db, (tx) => createUser(kit, tx, call.author, input));
}

/** The refusal to answer with, if the error is that of an e-mail used twice. */
export function emailTaken(error: unknown): AppError | undefined {
  if (violatedConstraint(error) !== 'users_email_unique') return undefined;
  return fieldError('email', {
    en: 'Another user has this e-mail address.',
    id: 'Alamat email ini dipakai pengguna lain.',
  });
}
