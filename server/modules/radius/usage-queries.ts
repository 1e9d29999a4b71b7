import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { countStatement } from '../usage/index.ts';

/** What of these rows of radacct is not in usage_days yet. */
const uncounted = (rows: RawBuilder<unknown>) => sql`
  select r.subscription_id, r.counted_until as since, r.acctupdatetime as until, r.acctinputoctets - r.counted_input as sent,
    r.acctoutputoctets - r.counted_output as received
  from ${rows} r
  where r.subscription_id is not null and (r.acctinputoctets > r.counted_input or r.acctoutputoctets > r.counted_output)`;

/** What of a subscription's accounting is not in usage_days yet. */
export const uncountedOf = (subscriptionId: string) =>
  uncounted(sql`(select * from radacct where subscription_id = ${subscriptionId})`);

/**
 * Counts into usage_days what up to so many sessions, those after `after` in order of their numbers, used since they were counted
 * last: once each, in one statement, whatever was sent twice. Returns the number of the last, undefined where there was none. Of two
 * that count at once the second waits.
 */
export async function countUsage(db: Db, after: string, limit: number): Promise<string | undefined> {
  await sql`select pg_advisory_xact_lock(7234523)`.execute(db);
  const { rows } = await sql<{ last: string | null }>`
    with due as materialized (
      select * from radacct where radacctid > ${after}::bigint and (acctinputoctets > counted_input or acctoutputoctets > counted_output)
      order by radacctid limit ${limit} for update
    ), counted as (
      update radacct r set counted_input = due.acctinputoctets, counted_output = due.acctoutputoctets, counted_until = due.acctupdatetime
      from due where r.radacctid = due.radacctid
    ), known as (
      select due.* from due join subscriptions s on s.id = due.subscription_id
    ), grown as (${countStatement(sql`(${uncounted(sql`known`)})`)})
    select max(radacctid) as last from due`.execute(db);
  return rows[0]?.last ?? undefined;
}
