import type { Db } from '#kit/db.ts';

/** Stores the hash of a reset token; an earlier one of the same address stops working. */
export async function putResetToken(db: Db, email: string, hash: string, at: string): Promise<void> {
  await db
    .insertInto('password_reset_tokens')
    .values({ email, token: hash, created_at: at })
    .onConflict((conflict) => conflict.column('email').doUpdateSet({ token: hash, created_at: at }))
    .execute();
}

/** Whether a token was made for the address since then. */
export async function hasResetTokenSince(db: Db, email: string, since: string): Promise<boolean> {
  const row = await db
    .selectFrom('password_reset_tokens')
    .select('email')
    .where('email', '=', email)
    .where('created_at', '>', since)
    .executeTakeFirst();
  return row !== undefined;
}

/** Spends the token; false if it is not that of the address, or not from after `since`. */
export async function useResetToken(db: Db, email: string, hash: string, since: string): Promise<boolean> {
  const row = await db
    .deleteFrom('password_reset_tokens')
    .where('email', '=', email)
    .where('token', '=', hash)
    .where('created_at', '>', since)
    .returning('email')
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteResetTokensOf(db: Db, email: string): Promise<void> {
  await db.deleteFrom('password_reset_tokens').where('email', '=', email).execute();
}

export async function deleteOldResetTokens(db: Db, until: string): Promise<void> {
  await db.deleteFrom('password_reset_tokens').where('created_at', '<=', until).execute();
}
