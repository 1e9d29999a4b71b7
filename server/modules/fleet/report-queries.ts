import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export interface Reported {
  readonly id: string;
  readonly version: string;
  readonly status: 'success' | 'failed';
  readonly error: string | null;
}

/** One that says what the newest of its installation said is the same report, sent again, for so long. */
const sameFor = sql`interval '1 hour'`;
/** So many of one installation are taken in an hour: a client that reports in a circle fills no disk. */
const mostAnHour = 60;

/**
 * Takes the reports of many, in one statement. Success with what it was last told of gives the installation its version and ends its rest;
 * with anything else, told late or made up, it changes nothing, and the next heartbeat says what it runs. A failure is remembered, and it
 * rests one hour, twice as long each time, a week at most. Members of the rollouts of those versions follow.
 */
export async function noteReports(db: Db, reported: readonly Reported[], at: string): Promise<void> {
  await sql`
    with said as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(reported.map((each, n) => ({ n, ...each })))}::jsonb)
        as r(n integer, id uuid, version text, status text, error text)
    ), locked as materialized (
      select f.installation_id as id, f.version as ran, f.environment, f.offered_version, f.offered_from, f.offered_at
      from fleet_installations f where f.installation_id in (select id from said) order by f.installation_id for no key update
    ), fresh as materialized (
      -- Of those of one installation that came together the last counts.
      select distinct on (s.id) s.*, l.ran, l.environment, l.offered_version, l.offered_from, l.offered_at,
        s.status = 'success' and coalesce(s.version = l.offered_version, false) as as_told
      from said s join locked l on l.id = s.id
      where not exists (
        select from (select r.version, r.status, r.error, r.created_at from fleet_reports r where r.installation_id = s.id
          order by r.id desc limit 1) newest
        where newest.version = s.version and newest.status = s.status and newest.error is not distinct from s.error
          and newest.created_at > ${at}::timestamptz - ${sameFor})
        and coalesce((select r.created_at from fleet_reports r where r.installation_id = s.id order by r.id desc
          offset ${mostAnHour - 1} limit 1), '-infinity') <= ${at}::timestamptz - interval '1 hour'
      order by s.id, s.n desc
    ), kept as (
      insert into fleet_reports (installation_id, version, from_version, status, error, environment, seconds, created_at)
      select s.id, s.version, coalesce(case when s.offered_version = s.version then s.offered_from end, s.ran), s.status, s.error, s.environment,
        case when s.offered_version = s.version then extract(epoch from ${at}::timestamptz - s.offered_at) end, ${at}::timestamptz
      from fresh s order by s.n
    ), members as (
      update rollout_members m set
        state = case when s.status = 'failed' then 'failed' when v.version = s.version then 'updated' else 'rolled_back' end,
        updated_at = case when s.status = 'success' and v.version = s.version then ${at}::timestamptz else m.updated_at end,
        settled_at = case when s.status = 'failed' or v.version <> s.version then ${at}::timestamptz else m.settled_at end
      from fresh s, rollouts r join releases v on v.id = r.release_id
      where m.installation_id = s.id and m.rollout_id = r.id and r.state <> 'done'
        and (v.version = s.version and m.state in ('offered', 'told', 'updated', 'silent')
          or s.status = 'success' and s.version = m.from_version and m.state <> 'rolled_back' and r.state in ('halted', 'undone'))
    )
    update fleet_installations f set
      version = case when s.as_told then s.version else f.version end,
      failures = case when s.as_told then 0 else least(f.failures + 1, 1000) end,
      failed_versions = case when s.as_told then '{}'
        else (array_remove(f.failed_versions, s.version) || s.version)[greatest(1, cardinality(f.failed_versions) - 18):] end,
      rests_until = case when s.as_told then null
        else ${at}::timestamptz + interval '1 hour' * least(168, power(2, least(f.failures, 20))) end
    from fresh s where f.installation_id = s.id and (s.as_told or s.status = 'failed')`.execute(db);
}

export interface ReportRow {
  readonly id: string;
  readonly installation_id: string;
  readonly agent_code: string;
  readonly version: string;
  readonly from_version: string | null;
  readonly status: string;
  readonly error: string | null;
  readonly environment: string;
  readonly seconds: number | null;
  readonly created_at: string;
}

export interface ReportFilter extends PageRequest {
  readonly installation_id?: string | undefined;
  readonly version?: string | undefined;
  readonly status?: string | undefined;
}

export function listReportRows(db: Db, { installation_id: of, version, status, ...page }: ReportFilter) {
  const where = [
    ...(of === undefined ? [] : [sql`t.installation_id = ${of}`]),
    ...(version === undefined ? [] : [sql`t.version = ${version}`]),
    ...(status === undefined ? [] : [sql`t.status = ${status}`]),
  ];
  return listPage<ReportRow>(
    db,
    {
      select: sql`t.*, (select agent_code from installations i where i.id = t.installation_id) as agent_code`,
      from: sql`fleet_reports t`,
      where,
      idType: 'bigint',
    },
    page,
  );
}
