import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

/** An open session, with whose it is. */
export interface SessionRow {
  readonly id: string;
  readonly created_at: string;
  readonly username: string;
  readonly subscription_id: string | null;
  readonly customer_id: string | null;
  readonly customer_name: string | null;
  readonly router_id: string | null;
  readonly router_name: string | null;
  readonly class: string;
  readonly callingstationid: string | null;
  readonly acctsessionid: string;
  readonly framedipaddress: string | null;
  readonly framedipv6prefix: string | null;
  readonly delegatedipv6prefix: string | null;
  readonly acctupdatetime: string;
  readonly acctsessiontime: string;
  readonly acctinputoctets: string;
  readonly acctoutputoctets: string;
}

const columns = sql`t.id, t.created_at, t.username, t.subscription_id, s.customer_id, c.name as customer_name, t.router_id,
  r.name as router_name, t.class, t.callingstationid, t.acctsessionid, host(t.framedipaddress) as framedipaddress,
  t.framedipv6prefix::text as framedipv6prefix, t.delegatedipv6prefix::text as delegatedipv6prefix, t.acctupdatetime,
  t.acctsessiontime, t.acctinputoctets, t.acctoutputoctets`;
const open = sql`(
    select a.*, a.radacctid as id, a.acctstarttime as created_at from radacct a where a.acctstoptime is null
  ) t left join subscriptions s on s.id = t.subscription_id left join customers c on c.id = s.customer_id
    left join router_settings r on r.id = t.router_id`;

/** The open sessions as the list of who is online takes them. */
export const accountedSessions = sql`
  select a.radacctid as id, case when a.framedprotocol = 'PPP' then 'pppoe' else 'hotspot' end as kind, a.username, a.subscription_id,
    a.router_id, coalesce(host(a.framedipaddress), a.framedipv6prefix::text, a.delegatedipv6prefix::text) as address,
    a.callingstationid as caller_id, a.acctstarttime as started_at, a.acctupdatetime as seen_at, a.acctinputoctets as bytes_in,
    a.acctoutputoctets as bytes_out
  from radacct a where a.acctstoptime is null`;

export interface SessionFilter extends PageRequest {
  readonly router_id?: string | undefined;
  readonly subscription_id?: string | undefined;
  readonly username?: string | undefined;
}

export function listSessionRows(db: Db, filter: SessionFilter) {
  const { router_id: router, subscription_id: subscription, username } = filter;
  const where = [
    ...(router ? [sql`t.router_id = ${router}`] : []),
    ...(subscription ? [sql`t.subscription_id = ${subscription}`] : []),
    ...(username ? [sql`t.username = ${username}`] : []),
  ];
  return listPage<SessionRow>(db, { select: columns, from: open, where, idType: 'bigint' }, filter);
}

export async function findOpenSession(db: Db, id: string | number): Promise<SessionRow | undefined> {
  const { rows } = await sql<SessionRow>`select ${columns} from ${open} where t.id = ${id}`.execute(db);
  return rows[0];
}

export async function openSessionsAmong(db: Db, ids: readonly string[]): Promise<readonly SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select ${columns} from ${open} where t.id = any(${[...ids]}::bigint[])`.execute(db);
  return rows;
}

export async function openSessionsOf(db: Db, subscriptionId: string): Promise<readonly SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select ${columns} from ${open} where t.subscription_id = ${subscriptionId}`.execute(db);
  return rows;
}

/** Which of these sessions are open still. */
export async function stillOpen(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select radacctid as id from radacct where radacctid = any(${[...ids]}::bigint[]) and acctstoptime is null`.execute(
    db,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Ends sessions that their router says it has not; should it tell of one again, that opens it. */
export async function closeUnknown(db: Db, ids: readonly string[]): Promise<void> {
  await sql`
    update radacct set acctstoptime = acctupdatetime, acctterminatecause = 'Lost-Service', lost = true
    where radacctid = any(${[...ids]}::bigint[]) and acctstoptime is null`.execute(db);
}

/**
 * Ends up to so many sessions of which nothing was heard since `before`, those after `after` in order of their numbers, with the
 * counters known last. Returns the number of the last, undefined where there was none. One that is told of just now is left.
 */
export async function closeStale(
  db: Db,
  before: string,
  after: string,
  limit: number,
): Promise<string | undefined> {
  const { rows } = await sql<{ last: string | null }>`
    with stale as materialized (
      select radacctid from radacct where radacctid > ${after}::bigint and acctstoptime is null and acctupdatetime < ${before}::timestamptz
      order by radacctid limit ${limit} for update skip locked
    ), closed as (
      update radacct r set acctstoptime = r.acctupdatetime, acctterminatecause = 'Lost-Service', lost = true
      from stale where r.radacctid = stale.radacctid
    )
    select max(radacctid) as last from stale`.execute(db);
  return rows[0]?.last ?? undefined;
}

/** Moves at most `limit` sessions that ended before into the archive's months, once all of them is counted; returns how many. */
export async function archiveEnded(db: Db, before: string, limit: number): Promise<number> {
  const ended = sql`acctstoptime < ${before}::timestamptz and acctinputoctets = counted_input and acctoutputoctets = counted_output`;
  await sql`
    select nadi_radacct_month(m.month) from (
      select distinct date_trunc('month', acctstoptime, 'UTC') as month from radacct where ${ended}) m`.execute(
    db,
  );
  const { rows } = await sql<{ moved: number }>`
    with gone as (
      delete from radacct where radacctid in (
        select radacctid from radacct where ${ended} order by radacctid limit ${limit} for update skip locked)
      returning *
    ), kept as (insert into radacct_archive select * from gone returning 1)
    select count(*)::int as moved from kept`.execute(db);
  return rows[0]?.moved ?? 0;
}

/** Forgets who asked to be let in before that; returns how many. */
export async function forgetAnswers(db: Db, before: string): Promise<void> {
  await sql`delete from radpostauth where authdate < ${before}::timestamptz`.execute(db);
}

/** Whose open sessions have the IP address (an inet). */
export function sessionsAtAddress(address: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select subscription_id, true as online from radacct
    where framedipaddress = ${address} and acctstoptime is null and subscription_id is not null`;
}
