import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';

/** A session that is due to be looked at. */
export interface Check {
  readonly id: string;
  /** What it was let in with. */
  readonly class: string;
  /** What its account would be let in with now; null where there is no such account, or it is refused. */
  readonly wanted: string | null;
  readonly rate_limit: string | null;
}

const wanted = sql`left join radius.accounts w on w.username = a.username and w.access <> 'reject' and w.subscription_id = a.subscription_id`;
/** Those without a Class were let in by other software, or by a router that does not send it back. */
const differs = sql`w.class is null or (a.class <> '' and a.class <> w.class)`;

/** Statement: has the open sessions of `touched` (a relation with id) looked at, soon. */
export function checkStatement(touched: SqlPart<unknown>, at: string): SqlPart<unknown> {
  return sql`
    insert into radius_checks (radacctid, next_at, created_at)
    select a.radacctid, ${at}::timestamptz, ${at}::timestamptz from radacct a
    where a.acctstoptime is null and a.subscription_id in (select id from ${touched})
    on conflict (radacctid) do update set next_at = excluded.next_at, attempts = 0, outcome = null
    returning radacctid`;
}

export async function checkSessionsOf(db: Db, packageId: string, at: string): Promise<void> {
  await checkStatement(sql`(select id from subscriptions where package_id = ${packageId})`, at).execute(db);
}

/** Has every open session looked at that is not what its account would get now; returns how many were found. */
export async function addDrifted(db: Db, at: string): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    insert into radius_checks (radacctid, next_at, created_at)
    select a.radacctid, ${at}::timestamptz, ${at}::timestamptz from radacct a ${wanted}
    where a.acctstoptime is null and a.subscription_id is not null and (${differs})
    on conflict (radacctid) do nothing
    returning radacctid as id`.execute(db);
  return rows.length;
}

/** Forgets checks of sessions that ended or are as they should be. */
export async function dropSettled(db: Db): Promise<void> {
  await sql`
    delete from radius_checks c where not exists (
      select from radacct a ${wanted} where a.radacctid = c.radacctid and a.acctstoptime is null and (${differs}))`.execute(
    db,
  );
}

/** How long whoever takes a check has it to itself, in seconds; one that was killed leaves it to the next. */
const takenSeconds = 60;

/** Takes up to so many checks that are due: of two at once each is one's. */
export async function takeDue(db: Db, at: string, limit: number): Promise<readonly Check[]> {
  const { rows } = await sql<Check>`
    with due as materialized (
      select radacctid from radius_checks where next_at <= ${at}::timestamptz order by next_at, radacctid limit ${limit}
      for update skip locked
    ), taken as (
      update radius_checks c set next_at = ${at}::timestamptz + make_interval(secs => ${takenSeconds})
      from due where c.radacctid = due.radacctid
    )
    select a.radacctid as id, a.class, w.class as wanted, w.rate_limit from due join radacct a on a.radacctid = due.radacctid ${wanted}`.execute(
    db,
  );
  return rows;
}

/** Notes what sessions have now. */
export async function setClasses(db: Db, classes: ReadonlyMap<string, string>): Promise<void> {
  if (classes.size === 0) return;
  await sql`
    update radacct a set class = n.class from unnest(${[...classes.keys()]}::bigint[], ${[...classes.values()]}::text[]) n (id, class)
    where a.radacctid = n.id`.execute(db);
}

/** Puts checks off that came to nothing: half a minute, twice as long each time, ten minutes at most. */
export async function putOff(db: Db, outcomes: ReadonlyMap<string, string>, at: string): Promise<void> {
  await sql`
    update radius_checks c set attempts = least(c.attempts + 1, 100), outcome = o.outcome,
      next_at = ${at}::timestamptz + least(interval '10 minutes', interval '30 seconds' * power(2, least(c.attempts, 6)))
    from unnest(${[...outcomes.keys()]}::bigint[], ${[...outcomes.values()]}::text[]) o (id, outcome)
    where c.radacctid = o.id`.execute(db);
}
