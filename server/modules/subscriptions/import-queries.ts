import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/** Imports wait for one another until the transaction ends, so that the second sees what the first added. */
export async function lockImports(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7234504)`.execute(db);
}

export interface UsernameOwner {
  readonly username: string;
  /** Null for a router account without a subscription. */
  readonly customer: string | null;
  readonly status: string | null;
}

/** Every subscription, cancelled ones too, and every loose router account that has or had one of these usernames. */
export async function ownersOfUsernames(
  db: Db,
  usernames: readonly string[],
): Promise<readonly UsernameOwner[]> {
  const { rows } = await sql<UsernameOwner>`
    with wanted as (select unnest(${[...usernames]}::text[]) as username)
    select w.username, c.name as customer, s.status
    from wanted w join subscriptions s on s.mikrotik_username = w.username join customers c on c.id = s.customer_id
    union all
    select w.username, null, null from wanted w join mikrotik_secrets m on m.username = w.username
    where m.subscription_id is null`.execute(db);
  return rows;
}

/** A customer as a line names it: the name in lower case, the last digits of the phone, the e-mail. */
export interface CustomerKey {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
}

export interface FoundCustomer {
  readonly id: string;
  readonly address: string | null;
}

/** The customers who have the name and the phone or e-mail of a key, the oldest of several; undefined elsewhere. */
export async function customersByKeys(
  db: Db,
  keys: readonly CustomerKey[],
): Promise<readonly (FoundCustomer | undefined)[]> {
  if (keys.length === 0) return [];
  const numbered = JSON.stringify(keys.map((key, index) => ({ ...key, index })));
  const { rows } = await sql<FoundCustomer & { index: number }>`
    with k as (select * from jsonb_to_recordset(${numbered}::jsonb) as k(index integer, name text, phone text, email text)),
    found as (
      select k.index, c.id, c.address, c.created_at from k join customers c
        on lower(c.name) = k.name and right(translate(c.phone, ' ()+-', ''), 9) = k.phone
      where c.anonymised_at is null
      union all
      select k.index, c.id, c.address, c.created_at from k join customers c on lower(c.name) = k.name and c.email = k.email
      where c.anonymised_at is null
    )
    select distinct on (index) index, id, address from found order by index, created_at, id`.execute(db);
  const found = new Map(rows.map((row) => [row.index, row]));
  return keys.map((_, index) => found.get(index));
}

/** Suspends subscriptions just added, as by hand: what they owe from before is not known here. */
export async function suspendAdded(db: Db, ids: readonly string[], today: string, at: string): Promise<void> {
  await sql`
    update subscriptions set status = 'suspended', suspended_for = 'manual', suspended_on = ${today}::date,
      updated_at = ${at}::timestamptz
    where id = any(${[...ids]}::uuid[])`.execute(db);
}

/** Ends subscriptions just added whose paid time was over before they came. */
export async function expireAdded(db: Db, ids: readonly string[], at: string): Promise<void> {
  await sql`
    update subscriptions set status = 'expired', updated_at = ${at}::timestamptz
    where id = any(${[...ids]}::uuid[])`.execute(db);
}
