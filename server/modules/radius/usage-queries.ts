import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export interface UsageRow {
  readonly day: string;
  readonly bytes_in: string;
  readonly bytes_out: string;
}

/** What of these rows of radacct is not in usage_days yet. */
const uncounted = (rows: RawBuilder<unknown>) => sql`
  select r.subscription_id, r.counted_until as since, r.acctupdatetime as until, r.acctinputoctets - r.counted_input as sent,
    r.acctoutputoctets - r.counted_output as received
  from ${rows} r
  where r.subscription_id is not null and (r.acctinputoctets > r.counted_input or r.acctoutputoctets > r.counted_output)`;

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
 * Counts into usage_days what sessions used since they were counted last: once each, in one statement, whatever was sent
 * twice. Returns how many days of subscriptions grew. Of two that count at once the second waits.
 */
export async function countUsage(db: Db): Promise<number> {
  await sql`select pg_advisory_xact_lock(7234523)`.execute(db);
  const { rows } = await sql<{ grown: number }>`
    with due as (
      select * from radacct where acctinputoctets > counted_input or acctoutputoctets > counted_output for update
    ), counted as (
      update radacct r set counted_input = due.acctinputoctets, counted_output = due.acctoutputoctets, counted_until = due.acctupdatetime
      from due where r.radacctid = due.radacctid
    ), grown as (
      insert into usage_days as u (subscription_id, day, bytes_in, bytes_out)
      select d.subscription_id, d.day, d.bytes_in, d.bytes_out from (${byDay(sql`(${uncounted(sql`due`)})`)}) d
        join subscriptions s on s.id = d.subscription_id
      where d.bytes_in > 0 or d.bytes_out > 0
      on conflict (subscription_id, day) do update set bytes_in = u.bytes_in + excluded.bytes_in, bytes_out = u.bytes_out + excluded.bytes_out
      returning 1
    )
    select count(*)::int as grown from grown`.execute(db);
  return rows[0]?.grown ?? 0;
}

/** What a subscription used on each local day from `from` to `until`, what is not counted yet included; oldest first. */
export async function usageOf(
  db: Db,
  subscriptionId: string,
  from: string,
  until: string,
): Promise<readonly UsageRow[]> {
  const rows = sql`(select * from radacct where subscription_id = ${subscriptionId})`;
  const found = await sql<UsageRow>`
    select u.day, sum(u.bytes_in)::bigint as bytes_in, sum(u.bytes_out)::bigint as bytes_out from (
      select day, bytes_in, bytes_out from usage_days where subscription_id = ${subscriptionId}
      union all select d.day, d.bytes_in, d.bytes_out from (${byDay(sql`(${uncounted(rows)})`)}) d
    ) u
    where u.day between ${from}::date and ${until}::date
    group by u.day having sum(u.bytes_in) + sum(u.bytes_out) > 0 order by u.day`.execute(db);
  return found.rows;
}
