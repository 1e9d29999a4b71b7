import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/** The hash of the password that a customer chose; null without one. */
export async function findPassword(db: Db, customerId: string): Promise<string | null> {
  const { rows } = await sql<{ password: string | null }>`
    select password from portal_accounts where customer_id = ${customerId}`.execute(db);
  return rows[0]?.password ?? null;
}

/** Whether this is the customer's hash; it stays until the transaction ends. */
export async function holdsPassword(db: Db, customerId: string, hash: string): Promise<boolean> {
  const { rows } = await sql`
    select from portal_accounts where customer_id = ${customerId} and password = ${hash} for share`.execute(
    db,
  );
  return rows.length > 0;
}

export async function putPassword(db: Db, customerId: string, hash: string): Promise<void> {
  await db
    .insertInto('portal_accounts')
    .values({ customer_id: customerId, password: hash })
    .onConflict((conflict) => conflict.column('customer_id').doUpdateSet({ password: hash }))
    .execute();
}

/** Forgets passwords; false where none of them had one. */
export async function forgetPasswords(db: Db, customerIds: readonly string[]): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update portal_accounts set password = null
    where customer_id = any(${[...customerIds]}::uuid[]) and password is not null`.execute(db);
  return Number(numAffectedRows ?? 0) > 0;
}
