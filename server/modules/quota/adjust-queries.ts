import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { addChargesStatement } from '../billing/index.ts';

export interface Adjustment {
  /** In GB; null gives back what the membership type has. */
  readonly quota: string | null;
  readonly reason: string;
  readonly userId: string | null;
  readonly actor: string;
  readonly at: string;
}

/**
 * Statements that give the members of `chosen` (a relation with customer_id) the quota, with a row of history each. What they had
 * is their own, or that of the running period.
 */
export function adjustStatements(chosen: SqlPart<unknown>, { quota, reason, userId, actor, at }: Adjustment) {
  const written =
    quota === null
      ? sql`delete from member_quotas where customer_id in (select customer_id from ${chosen} x)`
      : sql`
        insert into member_quotas (customer_id, quota, updated_at) select customer_id, ${quota}::numeric, ${at}::timestamptz from ${chosen} x
        on conflict (customer_id) do update set quota = excluded.quota, updated_at = excluded.updated_at`;
  return sql`
    adjusted as (${written}), noted as (
      insert into member_quota_history (member_id, old_quota, new_quota, reason, user_id, actor, created_at)
      select x.customer_id, coalesce(q.quota, p.quota_bytes::numeric / 1000000000), ${quota}::numeric, ${reason}, ${userId}::uuid, ${actor}, ${at}::timestamptz
      from ${chosen} x left join member_quotas q on q.customer_id = x.customer_id
        left join member_quota_periods p on p.customer_id = x.customer_id and p.closed_at is null and p.state <> 'off'
      order by x.customer_id
    )`;
}

export async function adjustOne(db: Db, customerId: string, adjustment: Adjustment): Promise<void> {
  await sql`
    with chosen as (select ${customerId}::uuid as customer_id), ${adjustStatements(sql`chosen`, adjustment)} select 1`.execute(
    db,
  );
}

/** The quota of a member's own; null is none. */
export async function ownQuota(db: Db, customerId: string): Promise<string | null> {
  const row = await db
    .selectFrom('member_quotas')
    .select('quota')
    .where('customer_id', '=', customerId)
    .executeTakeFirst();
  return row?.quota ?? null;
}

export interface TopUpRow {
  readonly id: string;
  readonly member_id: string;
  readonly period_start: string;
  readonly gigabytes: string;
  readonly price: string | null;
  readonly charge_id: string | null;
  readonly created_at: string;
}

const topUpColumns = sql`id, customer_id as member_id, period_start, gigabytes, price, charge_id, created_at`;

export async function findTopUpByKey(db: Db, key: string): Promise<TopUpRow | undefined> {
  const { rows } = await sql<TopUpRow>`
    select ${topUpColumns} from member_quota_topups where idempotency_key = ${key}`.execute(db);
  return rows[0];
}

export interface NewTopUp {
  readonly id: string;
  readonly memberId: string;
  readonly periodStart: string;
  readonly gigabytes: string;
  readonly price: string | null;
  readonly chargeId: string | null;
  readonly key: string | null;
  readonly author: Author;
  readonly at: string;
}

/** Adds a top-up to a period, with its row of history. */
export async function insertTopUp(db: Db, given: NewTopUp): Promise<TopUpRow> {
  const { rows } = await sql<TopUpRow>`
    with noted as (
      insert into member_quota_history (member_id, old_quota, new_quota, reason, user_id, actor, created_at)
      select customer_id, total, total + ${given.gigabytes}::numeric, 'topup', ${given.author.userId ?? null}::uuid, ${given.author.name}, ${given.at}::timestamptz
      from (
        select customer_id, (quota_bytes + topup_bytes + rollover_bytes)::numeric / 1000000000 as total
        from member_quota_periods where customer_id = ${given.memberId} and period_start = ${given.periodStart}::date
      ) p
    )
    insert into member_quota_topups (id, customer_id, period_start, gigabytes, price, charge_id, idempotency_key, user_id, created_at)
    values (${given.id}, ${given.memberId}, ${given.periodStart}::date, ${given.gigabytes}::numeric, ${given.price}::numeric, ${given.chargeId}::uuid,
      ${given.key}, ${given.author.userId ?? null}::uuid, ${given.at}::timestamptz)
    returning ${topUpColumns}`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('INSERT … RETURNING gave no row.');
  return row;
}

/** The subscription that a member's charges go to: the longest-running active one. */
export async function leadOf(db: Db, customerId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from subscriptions where customer_id = ${customerId} and status = 'active' order by start_date, created_at, id limit 1`.execute(
    db,
  );
  return rows[0]?.id;
}

/** Adds the charge of a top-up; returns its id. */
export async function addTopUpCharge(
  db: Db,
  subscriptionId: string,
  {
    id,
    gigabytes,
    price,
    at,
  }: { readonly id: string; readonly gigabytes: string; readonly price: string; readonly at: string },
): Promise<string> {
  await addChargesStatement(
    sql`(
      select ${id}::uuid as id, ${subscriptionId}::uuid as subscription_id, ${price}::numeric as unit_price,
        case language when 'en' then 'Additional quota, ' else 'Tambahan kuota, ' end || ${gigabytes}::text || ' GB' as description
      from organisation)`,
    at,
  ).execute(db);
  return id;
}
