import type { Db } from '#kit/db.ts';
import type { DocumentCustomer } from './document.ts';

/** A customer as documents name them. Invoices hold their customers, so there is one. */
export function customerOnDocument(db: Db, id: string): Promise<DocumentCustomer> {
  return db
    .selectFrom('customers')
    .select(['name', 'address', 'phone', 'email'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** The name of whoever took a payment; null where nobody did, or the account is gone. */
export async function nameOfUser(db: Db, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const row = await db.selectFrom('users').select('name').where('id', '=', id).executeTakeFirst();
  return row?.name ?? null;
}
