import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/** Marks a time step as used; false if it, or a later one, already was (RFC 6238 §5.2: a code works once). */
export async function useTimeStep(db: Db, userId: string, step: number): Promise<boolean> {
  const { rows } = await sql`
    update users set totp_last_step = ${step}::bigint
    where id = ${userId} and (totp_last_step is null or totp_last_step < ${step}::bigint) returning id`.execute(
    db,
  );
  return rows.length > 0;
}

/** Spends a recovery code; false if the user has no such code left. */
export async function useRecoveryCode(db: Db, userId: string, hash: string, at: string): Promise<boolean> {
  const { rows } = await sql`
    update recovery_codes set used_at = ${at}::timestamptz
    where user_id = ${userId} and code_hash = ${hash} and used_at is null returning code_hash`.execute(db);
  return rows.length > 0;
}

/** Puts these codes in place of all former ones. */
export async function replaceRecoveryCodes(db: Db, userId: string, hashes: readonly string[]): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  if (hashes.length === 0) return;
  await db
    .insertInto('recovery_codes')
    .values(hashes.map((code_hash) => ({ user_id: userId, code_hash })))
    .execute();
}
