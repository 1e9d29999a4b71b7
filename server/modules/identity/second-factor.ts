import { instantText } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import type { UserRow } from './queries.ts';
import { recoveryCodeHash } from './recovery-codes.ts';
import { useRecoveryCode, useTimeStep } from './second-factor-queries.ts';
import { matchingStep } from './totp.ts';

/** What seals a user's secret to the user's own row. */
export function totpPurpose(userId: string): string {
  return `users.totp_secret ${userId}`;
}

export type UsedFactor = 'totp' | 'recovery_code';

/** Spends a code of the authenticator app, or a recovery code; undefined if it is wrong or was used before. */
export async function useSecondFactor(
  kit: Kit,
  db: Db,
  user: UserRow,
  code: string,
): Promise<UsedFactor | undefined> {
  const digits = code.replace(/[\s-]/g, '');
  if (!/^\d{6}$/.test(digits)) {
    const hash = recoveryCodeHash(user.id, code);
    return (await useRecoveryCode(db, user.id, hash, instantText(kit.clock.now())))
      ? 'recovery_code'
      : undefined;
  }
  return (await useTotpCode(kit, db, user, digits)) ? 'totp' : undefined;
}

/** Spends a code of the authenticator app alone. */
export async function useTotpCode(kit: Kit, db: Db, user: UserRow, code: string): Promise<boolean> {
  if (user.totp_secret === null) return false;
  const secret = kit.secrets.open(user.totp_secret, totpPurpose(user.id));
  const step = matchingStep(secret, code.replace(/[\s-]/g, ''), kit.clock.now());
  return step !== undefined && (await useTimeStep(db, user.id, step));
}
