import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, type Message } from '#kit/errors.ts';
import type { Author, Call } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { issueToken } from './issue-token.ts';
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts';
import { presentUser, type User } from './present.ts';
import { findUserRowByEmail, lockUser, type UserRow, updateUserRow } from './queries.ts';
import { useSecondFactor } from './second-factor.ts';
import { sessionSeconds, setSessionCookies } from './session.ts';
import { addressLimit, beginAttempt, emailLimit } from './throttle.ts';

export interface LoginInput {
  readonly email: string;
  readonly password: string;
  readonly code?: string | undefined;
  readonly session: boolean;
}

/** A token from a sign-in lasts this long; one for a program is made with its own expiry. */
const loginTokenDays = 30;

const wrongCredentials: Message = {
  en: 'The provided credentials are incorrect.',
  id: 'Email atau kata sandi salah.',
};
const deactivated: Message = {
  en: 'Your account has been deactivated.',
  id: 'Akun Anda telah dinonaktifkan.',
};

/**
 * Signs a person in, with a token or, for a browser, session cookies (spec 3 §6). A wrong password and an unknown
 * e-mail are answered alike, in the same time, and lock alike.
 * @throws {AppError} validation_failed with `errors.email`, two_factor_required with `errors.code`, too_many_requests.
 */
export async function logIn(
  kit: Kit,
  call: Call,
  input: LoginInput,
): Promise<{ user: User; token: string | null }> {
  const attempt = await beginAttempt(kit, [addressLimit(call.ip), emailLimit(input.email)]);
  const user = await findUserRowByEmail(kit.db, input.email);
  const right = await verifyPassword(input.password, user?.password);
  if (!user || !right) {
    await recordFailure(kit, call, user, 'password');
    throw refusal(wrongCredentials);
  }
  if (!user.is_active) {
    await attempt.forgiven();
    throw refusal(deactivated);
  }
  if (user.totp_confirmed_at !== null && input.code === undefined) {
    await attempt.forgiven();
    throw codeRefusal();
  }
  const outcome = await inTransaction(kit.db, (tx) => enter(kit, tx, call, user, input));
  if (outcome === 'changed') throw refusal(wrongCredentials);
  if (outcome === 'code') {
    await recordFailure(kit, call, user, 'code');
    throw codeRefusal();
  }
  await attempt.succeeded();
  if (input.session) setSessionCookies(call, outcome.plain);
  return { user: presentUser(outcome.user), token: input.session ? null : outcome.plain };
}

/** Gives the token, unless the password or the state of the user changed while the password was being checked. */
async function enter(kit: Kit, tx: Tx, call: Call, seen: UserRow, input: LoginInput) {
  const user = await lockUser(tx, seen.id);
  if (!user?.is_active || user.password !== seen.password) return 'changed';
  const twoFactor = user.totp_confirmed_at !== null;
  const factor = twoFactor ? await useSecondFactor(kit, tx, user, input.code ?? '') : 'none';
  if (factor === undefined) return 'code';
  if (isOutdated(user.password)) {
    await updateUserRow(tx, user.id, { password: await hashPassword(input.password) }, user.updated_at);
  }
  const author: Author = { ...call.author, userId: user.id, name: user.email };
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'login',
      subjectType: 'user',
      subjectId: user.id,
      after: { session: input.session, second_factor: factor },
    },
  ]);
  const lifetime = input.session ? { seconds: sessionSeconds } : { hours: loginTokenDays * 24 };
  const { plain } = await issueToken(kit, tx, author, {
    userId: user.id,
    name: input.session ? 'session' : 'auth-token',
    kind: input.session ? 'session' : 'api',
    expiresAt: instantText(kit.clock.now().add(lifetime)),
  });
  return { user, plain };
}

/** Written for unknown e-mails too, without the e-mail: else the time of the answer would tell who has an account. */
function recordFailure(
  kit: Kit,
  call: Call,
  user: UserRow | undefined,
  wrong: 'password' | 'code',
): Promise<void> {
  return recordChanges(kit.db, kit.clock, call.author, [
    { action: 'login.failed', subjectType: 'user', subjectId: user?.id ?? null, after: { wrong } },
  ]);
}

function refusal(message: Message): AppError {
  return new AppError('validation_failed', { message, fields: { email: [message] } });
}

function codeRefusal(): AppError {
  const message: Message = {
    en: 'Enter the code of your authenticator app, or a recovery code. A code works once.',
    id: 'Masukkan kode dari aplikasi autentikator, atau kode pemulihan. Satu kode berlaku sekali.',
  };
  return new AppError('two_factor_required', { fields: { code: [message] } });
}
