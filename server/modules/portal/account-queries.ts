import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';

export interface PortalAccount {
  /** The hash. */
  readonly password: string | null;
  readonly language: Language | null;
}

/** What a customer set for the portal; nothing of it where nothing was. */
export async function findAccount(db: Db, customerId: string): Promise<PortalAccount> {
  const { rows } = await sql<PortalAccount>`
    select password, language from portal_accounts where customer_id = ${customerId}`.execute(db);
  return rows[0] ?? { password: null, language: null };
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

export async function putLanguage(db: Db, customerId: string, language: Language): Promise<void> {
  await db
    .insertInto('portal_accounts')
    .values({ customer_id: customerId, language })
    .onConflict((conflict) => conflict.column('customer_id').doUpdateSet({ language }))
    .execute();
}

/** Forgets passwords; false where none of them had one. */
export async function forgetPasswords(db: Db, customerIds: readonly string[]): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update portal_accounts set password = null
    where customer_id = any(${[...customerIds]}::uuid[]) and password is not null`.execute(db);
  return Number(numAffectedRows ?? 0) > 0;
}
