import { instantText } from '#kit/clock.ts';
import { type Db, inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { provePassword } from './own-password.ts';
import { refuseLimitedToken } from './policy.ts';
import { lockUser, type UserRow, updateUserRow } from './queries.ts';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';
import { totpPurpose, useSecondFactor, useTotpCode } from './second-factor.ts';
import { replaceRecoveryCodes } from './second-factor-queries.ts';
import { beginAttempt, userLimit } from './throttle.ts';
import { newTotpSecret, totpUrl } from './totp.ts';

/** Makes a secret for an authenticator app. It guards nothing until {@link confirmTwoFactor}. */
export async function setUpTwoFactor(kit: Kit, call: SignedInCall, password: string) {
  const { user: proven, attempt } = await provePassword(kit, call, password, 'password');
  await attempt.succeeded();
  const secret = newTotpSecret();
  await inTransaction(kit.db, async (tx) => {
    const user = await lockInState(tx, proven.id, 'off');
    const sealed = kit.secrets.seal(secret, totpPurpose(user.id));
    await updateUserRow(
      tx,
      user.id,
      { totp_secret: sealed, totp_last_step: null },
      instantText(kit.clock.now()),
    );
  });
  return { secret, otpauth_url: totpUrl(secret, kit.config.appName, proven.email) };
}

/** Switches two-factor sign-in on, once a code shows that the app has the secret. Returns the recovery codes. */
export async function confirmTwoFactor(kit: Kit, call: SignedInCall, code: string) {
  refuseLimitedToken(call.actor);
  const attempt = await beginAttempt(kit, [userLimit(call.actor.userId)]);
  const codes = await inTransaction(kit.db, async (tx) => {
    const user = await lockInState(tx, call.actor.userId, 'off');
    if (user.totp_secret === null) throw new AppError('two_factor_state');
    if (!(await useTotpCode(kit, tx, user, code))) throw wrongCode();
    const at = instantText(kit.clock.now());
    await updateUserRow(tx, user.id, { totp_confirmed_at: at }, at);
    await record(kit, tx, call, user.id, 'two_factor.enabled');
    return giveRecoveryCodes(tx, user.id);
  });
  await attempt.succeeded();
  return { recovery_codes: codes };
}

/** Switches two-factor sign-in off, for one who has both the password and a code. */
export async function disableTwoFactor(
  kit: Kit,
  call: SignedInCall,
  input: { password: string; code: string },
): Promise<void> {
  const { user: proven, attempt } = await provePassword(kit, call, input.password, 'password');
  await inTransaction(kit.db, async (tx) => {
    const user = await lockInState(tx, proven.id, 'on');
    if (!(await useSecondFactor(kit, tx, user, input.code))) throw wrongCode();
    await clearTwoFactor(kit, tx, user.id);
    await record(kit, tx, call, user.id, 'two_factor.disabled');
  });
  await attempt.succeeded();
}

/** Puts ten new recovery codes in place of the old ones. */
export async function renewRecoveryCodes(kit: Kit, call: SignedInCall, password: string) {
  const { user: proven, attempt } = await provePassword(kit, call, password, 'password');
  await attempt.succeeded();
  return inTransaction(kit.db, async (tx) => {
    const user = await lockInState(tx, proven.id, 'on');
    await record(kit, tx, call, user.id, 'two_factor.recovery_codes_renewed');
    return { recovery_codes: await giveRecoveryCodes(tx, user.id) };
  });
}

/** Forgets the secret and the recovery codes of a user. */
export async function clearTwoFactor(kit: Kit, tx: Tx, userId: string): Promise<void> {
  const nothing = { totp_secret: null, totp_confirmed_at: null, totp_last_step: null };
  await updateUserRow(tx, userId, nothing, instantText(kit.clock.now()));
  await replaceRecoveryCodes(tx, userId, []);
}

async function lockInState(tx: Tx, userId: string, state: 'on' | 'off'): Promise<UserRow> {
  const user = await lockUser(tx, userId);
  if (!user) throw new AppError('unauthenticated');
  if ((user.totp_confirmed_at !== null) !== (state === 'on')) throw new AppError('two_factor_state');
  return user;
}

async function giveRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
  const codes = [...newRecoveryCodes()];
  await replaceRecoveryCodes(
    tx,
    userId,
    codes.map((code) => recoveryCodeHash(userId, code)),
  );
  return codes;
}

function record(kit: Kit, db: Db, call: SignedInCall, subjectId: string, action: string): Promise<void> {
  return recordChanges(db, kit.clock, call.author, [{ action, subjectType: 'user', subjectId }]);
}

function wrongCode(): AppError {
  return fieldError('code', {
    en: 'This code is wrong or was used before. Wait for the next one.',
    id: 'Kode ini salah atau sudah dipakai. Tunggu kode berikutnya.',
  });
}
