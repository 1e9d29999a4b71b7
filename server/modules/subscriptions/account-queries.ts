import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { containing } from '#kit/search-queries.ts';
import type { SecretRow } from './queries.ts';

export interface AccountFilter extends PageRequest {
  readonly customer_id?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly search?: string | undefined;
}

export function listAccountRows(db: Db, filter: AccountFilter) {
  const { customer_id: customer, disabled, search } = filter;
  const where = [
    ...(customer ? [sql`t.customer_id = ${customer}`] : []),
    ...(disabled === undefined ? [] : [sql`t.disabled = ${disabled}`]),
    ...(search ? [sql`lower(t.username) like ${containing(search)}`] : []),
  ];
  return listPage<SecretRow>(db, { select: sql`t.*`, from: sql`mikrotik_secrets t`, where }, filter);
}

export function findAccount(db: Db, id: string): Promise<SecretRow | undefined> {
  return db.selectFrom('mikrotik_secrets').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The subscriptions of a customer that are not cancelled and have no account; two at most, since more are as many. */
export async function subscriptionsWithoutAccount(db: Db, customerId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('subscriptions as s')
    .innerJoin('packages as p', 'p.id', 's.package_id')
    .select('s.id')
    .where('s.customer_id', '=', customerId)
    .where('s.status', '<>', 'cancelled')
    .where('s.mikrotik_username', 'is', null)
    .where('p.type', '<>', 'license')
    .limit(2)
    .execute();
  return rows.map((row) => row.id);
}

export async function setDisabled(db: Db, subscriptionId: string, disabled: boolean): Promise<void> {
  await db
    .updateTable('mikrotik_secrets')
    .set({ disabled })
    .where('subscription_id', '=', subscriptionId)
    .execute();
}

export async function removeAccount(db: Db, id: string): Promise<void> {
  await db.deleteFrom('mikrotik_secrets').where('id', '=', id).execute();
}

/** What an account is on its router, where it stood before Nadi. */
export interface TakenOver {
  readonly id: string;
  /** Null leaves the one that is here. */
  readonly password: string | null;
  readonly profile: string | null;
  readonly local_address: string | null;
  readonly remote_address: string | null;
}

export async function takeOverRows(db: Db, rows: readonly TakenOver[], at: string): Promise<void> {
  await sql`
    with r as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as r(id uuid, password text, profile text, local_address text, remote_address text)
    ), changed as (
      update subscriptions s set profile = r.profile, local_address = r.local_address, remote_address = r.remote_address,
        updated_at = ${at}::timestamptz
      from r where s.id = r.id
    )
    update mikrotik_secrets m set password = coalesce(r.password, m.password), profile = r.profile, local_address = r.local_address,
      remote_address = r.remote_address, updated_at = ${at}::timestamptz
    from r where m.subscription_id = r.id`.execute(db);
}
