import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export interface UsageRow {
  readonly day: string;
  readonly bytes_in: string;
  readonly bytes_out: string;
}

/**
 * Spreads amounts of `amounts` (subscription_id, since, until, sent, received) over the local days they lie in, by time. The
 * shares are differences of rounded running totals, so their sum is the amount to the byte.
 */
const byDay = (amounts: RawBuilder<unknown>) => sql`
  select a.subscription_id, d.day, sum(round(a.sent * d.upto) - round(a.sent * d.before))::bigint as bytes_in,
    sum(round(a.received * d.upto) - round(a.received * d.before))::bigint as bytes_out
  from ${amounts} a cross join organisation o
    cross join lateral (
      select g::date as day,
        case when a.until <= a.since then 1 else
          least(1, extract(epoch from ((g + interval '1 day') at time zone o.timezone) - a.since) / extract(epoch from a.until - a.since)) end as upto,
        case when a.until <= a.since then 0 else
          greatest(0, extract(epoch from (g at time zone o.timezone) - a.since) / extract(epoch from a.until - a.since)) end as before
      from generate_series(date_trunc('day', least(a.since, a.until) at time zone o.timezone),
        date_trunc('day', a.until at time zone o.timezone), interval '1 day') g
    ) d
  group by a.subscription_id, d.day`;

/**
 * A statement that adds amounts (a relation with subscription_id, since, until, sent, received) of subscriptions that exist to the local days they lie in,
 * shared by time, to the byte; one row for each day that grew. For the statement that notes them as counted. Days are locked
 * in one order, as several count at a time.
 */
export const countStatement = (amounts: RawBuilder<unknown>) => sql`
  insert into usage_days as u (subscription_id, day, bytes_in, bytes_out)
  select d.subscription_id, d.day, d.bytes_in, d.bytes_out from (${byDay(amounts)}) d
  where d.bytes_in > 0 or d.bytes_out > 0
  order by d.subscription_id, d.day
  on conflict (subscription_id, day) do update set bytes_in = u.bytes_in + excluded.bytes_in, bytes_out = u.bytes_out + excluded.bytes_out
  returning 1`;

export async function isOwn(db: Db, customerId: string, subscriptionId: string): Promise<boolean> {
  const { rows } = await sql`
    select from subscriptions where id = ${subscriptionId} and customer_id = ${customerId}`.execute(db);
  return rows.length > 0;
}

/** What a subscription used on each local day from `from` to `until`, with what is `uncounted` yet; oldest first. */
export async function usageOf(
  db: Db,
  subscriptionId: string,
  uncounted: RawBuilder<unknown>,
  span: { readonly from: string; readonly until: string },
): Promise<readonly UsageRow[]> {
  const found = await sql<UsageRow>`
    select u.day, sum(u.bytes_in)::bigint as bytes_in, sum(u.bytes_out)::bigint as bytes_out from (
      select day, bytes_in, bytes_out from usage_days where subscription_id = ${subscriptionId}
      union all select d.day, d.bytes_in, d.bytes_out from (${byDay(sql`(${uncounted})`)}) d
    ) u
    where u.day between ${span.from}::date and ${span.until}::date
    group by u.day having sum(u.bytes_in) + sum(u.bytes_out) > 0 order by u.day`.execute(db);
  return found.rows;
}
