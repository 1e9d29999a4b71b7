import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { isThere } from './installation-queries.ts';
import { lateAfterMinutes, silentAfterMinutes } from './rules.ts';

/** After so many days of silence an installation is not counted any more. */
const countedDays = 30;

const ran = (at: string) => sql`
  select f.version, count(*)::int as installations from fleet_installations f join installations i on i.id = f.installation_id
  where ${isThere} and f.version is not null and greatest(f.last_heartbeat_at, f.last_check_at) > ${at}::timestamptz - make_interval(days => ${countedDays})
  group by f.version`;

/** Keeps how many installations run which version on that day; later ones of the day replace it. */
export async function countDay(db: Db, day: string, at: string): Promise<void> {
  await sql`
    with ran as materialized (${ran(at)}), gone as (
      delete from fleet_days d where d.day = ${day}::date and d.version not in (select version from ran)
    )
    insert into fleet_days (day, version, installations) select ${day}::date, version, installations from ran order by version
    on conflict (day, version) do update set installations = excluded.installations`.execute(db);
}

export interface Range {
  readonly from: string;
  readonly to: string;
  readonly version?: string | undefined;
  /** Where the days begin and end. */
  readonly timezone: string;
}

const ofVersion = ({ version }: Range) => (version === undefined ? sql`true` : sql`version = ${version}`);
const inRange = ({ from, to, timezone }: Range) => sql`
  created_at >= ${from}::date::timestamp at time zone ${timezone} and created_at < (${to}::date + 1)::timestamp at time zone ${timezone}`;

/** Versions by day; the last day is counted as it is now where it is today. */
export async function adoption(db: Db, range: Range, today: string, at: string) {
  const { rows } = await sql<{ day: string; version: string; installations: number }>`
    select day, version, installations from fleet_days
    where day between ${range.from}::date and ${range.to}::date and day <> ${today}::date and ${ofVersion(range)}
    union all select ${today}::date, version, installations from (${ran(at)}) now
    where ${today}::date between ${range.from}::date and ${range.to}::date and ${ofVersion(range)}
    order by day, version`.execute(db);
  return rows;
}

export interface Outcome {
  readonly version: string;
  readonly environment: string;
  readonly success: number;
  readonly failed: number;
  readonly silent: number;
  readonly rolled_back: number;
}

/** What came of updates: of each installation and version the last word counts. */
export async function outcomes(db: Db, range: Range): Promise<readonly Outcome[]> {
  const { rows } = await sql<Outcome>`
    select version, environment, (count(*) filter (where status = 'success'))::int as success,
      (count(*) filter (where status = 'failed'))::int as failed, (count(*) filter (where status = 'silent'))::int as silent,
      (count(*) filter (where status = 'rolled_back'))::int as rolled_back
    from (select distinct on (installation_id, version) version, environment, status from fleet_reports
      where ${inRange(range)} and ${ofVersion(range)} order by installation_id, version, id desc) last
    group by version, environment order by count(*) desc, version, environment limit 1000`.execute(db);
  return rows;
}

export async function updateTimes(db: Db, range: Range) {
  const { rows } = await sql<{ version: string; updates: number; mean_seconds: number; p90_seconds: number }>`
    select version, count(*)::int as updates, avg(seconds) as mean_seconds,
      percentile_cont(0.9) within group (order by seconds) as p90_seconds
    from fleet_reports where status = 'success' and seconds is not null and ${inRange(range)} and ${ofVersion(range)}
    group by version order by version limit 1000`.execute(db);
  return rows;
}

export async function failuresByError(db: Db, range: Range) {
  const { rows } = await sql<{ version: string; error: string; installations: number; last_at: string }>`
    select version, left(coalesce(error, status), 200) as error, count(distinct installation_id)::int as installations,
      max(created_at) as last_at
    from fleet_reports where status <> 'success' and ${inRange(range)} and ${ofVersion(range)}
    group by 1, 2 order by installations desc, version, error limit 100`.execute(db);
  return rows;
}

/** How many of the installations that are there are online, late and silent (rules.ts). */
export async function countStates(db: Db, at: string) {
  const since = (minutes: number) => sql`sign >= ${at}::timestamptz - make_interval(mins => ${minutes})`;
  const { rows } = await sql<{ online: number; late: number; silent: number }>`
    select (count(*) filter (where ${since(lateAfterMinutes)}))::int as online,
      (count(*) filter (where ${since(silentAfterMinutes)} and not ${since(lateAfterMinutes)}))::int as late,
      (count(*) filter (where (${since(silentAfterMinutes)}) is not true))::int as silent
    from (select greatest(f.last_heartbeat_at, f.last_check_at) as sign
      from fleet_installations f join installations i on i.id = f.installation_id where ${isThere}) f`.execute(
    db,
  );
  return rows[0] ?? { online: 0, late: 0, silent: 0 };
}
