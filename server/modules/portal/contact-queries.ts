import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/** An e-mail address in lower case, or a phone number in digits with its country. */
export type Contact = string;

export const isEmail = (contact: Contact): boolean => contact.includes('@');

export interface Caller {
  /** Undefined where what was written is no number of anybody. */
  readonly contact: Contact | undefined;
  /** Whether somebody signed in with it from this network before. */
  readonly known: boolean;
}

/** What was written to sign in with, in the one form it is known by. */
export async function readContact(db: Db, login: string, network: string): Promise<Caller> {
  const { rows } = await sql<{ contact: string | null; known: boolean }>`
    select g.contact, exists (
      select from customer_tokens t where t.contact = g.contact and t.network = ${network}) as known
    from (select case when ${login}::text like '%@%' then lower(${login}::text) else nadi_phone(${login}::text) end as contact) g`.execute(
    db,
  );
  return { contact: rows[0]?.contact ?? undefined, known: rows[0]?.known ?? false };
}

/** That a contact is that of the customer `c`: of whoever has another now, or none, it proves nothing. */
export const isContactOf = (contact: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql`(${contact} = c.email or ${contact} = nadi_phone(c.phone))`;

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly address: string | null;
  readonly language: 'id' | 'en' | null;
  /** The hash. */
  readonly password: string | null;
}

/** A contact that more customers share proves nobody: a placeholder, or the provider's own. */
export const mostAccounts = 20;

/** The customers with this contact, oldest first, at most one more than may share it; or the one of them with that id. */
export async function accountsOf(db: Db, contact: Contact, id?: string): Promise<AccountRow[]> {
  const has = isEmail(contact) ? sql`c.email = ${contact}` : sql`nadi_phone(c.phone) = ${contact}`;
  const { rows } = await sql<AccountRow>`
    select c.id, c.name, c.address, p.language, a.password
    from customers c left join portal_accounts a on a.customer_id = c.id left join notification_preferences p on p.customer_id = c.id
    where ${has} and ${id === undefined ? sql`true` : sql`c.id = ${id}`}
    order by c.created_at, c.id limit ${mostAccounts + 1}`.execute(db);
  return rows;
}

/** The customer with this contact who has a password, of several the newest; or that one of them. */
export async function accountWithPassword(
  db: Db,
  contact: Contact,
  id: string | undefined,
): Promise<AccountRow | undefined> {
  const withPassword = (await accountsOf(db, contact, id)).filter(({ password }) => password !== null);
  return withPassword.at(-1);
}
