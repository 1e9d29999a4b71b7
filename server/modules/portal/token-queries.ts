import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { type Contact, isContactOf } from './contact-queries.ts';

export type CustomerTokenRow = Selectable<DB['customer_tokens']>;

/** That the session `t` of the customer `c` works at an instant. */
const works = (at: string) =>
  sql<boolean>`t.expires_at > ${at}::timestamptz and ${isContactOf(sql`t.contact`)}`;

export interface PresentedToken {
  readonly id: string;
  readonly token: string;
  readonly customer_id: string;
  readonly status: 'active' | 'inactive' | 'suspended';
  readonly is_stale: boolean;
}

/** A session that works, with its customer: what every request of the portal asks, by primary keys alone. */
export async function findValidToken(
  db: Db,
  wanted: { id: string; at: string; staleSince: string },
): Promise<PresentedToken | undefined> {
  const { rows } = await sql<PresentedToken>`
    select t.id, t.token, t.customer_id, c.status,
      (t.last_used_at is null or t.last_used_at < ${wanted.staleSince}::timestamptz) as is_stale
    from customer_tokens t join customers c on c.id = t.customer_id
    where t.id = ${wanted.id}::bigint and ${works(wanted.at)}`.execute(db);
  return rows[0];
}

export async function touchToken(db: Db, id: string, at: string): Promise<void> {
  await db.updateTable('customer_tokens').set({ last_used_at: at }).where('id', '=', id).execute();
}

/** From now on a session stands for another contact of its customer. */
export async function moveToken(db: Db, id: string, contact: Contact): Promise<void> {
  await db.updateTable('customer_tokens').set({ contact }).where('id', '=', id).execute();
}

export interface NewToken {
  readonly customerId: string;
  readonly contact: Contact;
  readonly proof: 'code' | 'password';
  readonly hash: string;
  readonly ip: string;
  readonly network: string;
  readonly userAgent: string | null;
  readonly at: string;
  readonly expiresAt: string;
}

/** Sessions of one customer; one more ends the oldest. */
const mostSessions = 20;

/** Adds a session; gives its id. */
export async function insertToken(db: Db, token: NewToken): Promise<string> {
  await sql`
    delete from customer_tokens where id in (
      select id from customer_tokens where customer_id = ${token.customerId} order by id desc offset ${mostSessions - 1})`.execute(
    db,
  );
  const row = await db
    .insertInto('customer_tokens')
    .values({
      customer_id: token.customerId,
      contact: token.contact,
      proof: token.proof,
      token: token.hash,
      ip_address: token.ip,
      network: token.network,
      user_agent: token.userAgent,
      expires_at: token.expiresAt,
      created_at: token.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** The sessions of a customer that work. */
export function listTokenRows(db: Db, customerId: string, at: string, page: PageRequest) {
  return listPage<CustomerTokenRow>(
    db,
    {
      select: sql`t.*`,
      from: sql`customer_tokens t join customers c on c.id = t.customer_id`,
      where: [sql`t.customer_id = ${customerId}`, works(at)],
      idType: 'bigint',
    },
    page,
  );
}

export function findToken(db: Db, customerId: string, id: string): Promise<CustomerTokenRow | undefined> {
  return db
    .selectFrom('customer_tokens')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Ends one session of a customer; false where there is none. */
export async function deleteToken(db: Db, customerId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('customer_tokens')
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Ends all sessions of customers, but the one given; gives how many. */
export async function deleteTokensOf(
  db: Db,
  customerIds: readonly string[],
  exceptId = '0',
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from customer_tokens where customer_id = any(${[...customerIds]}::uuid[]) and id <> ${exceptId}::bigint`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0);
}

export async function deleteExpiredTokens(db: Db, at: string): Promise<void> {
  await db.deleteFrom('customer_tokens').where('expires_at', '<=', at).execute();
}
