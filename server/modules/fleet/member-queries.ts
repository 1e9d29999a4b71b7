import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { licensesThatAre } from '../licensing/index.ts';
import { isThere } from './installation-queries.ts';
import { leastOfEnvironment, type Stage } from './rollout-rules.ts';
import { lateAfterMinutes, silentAfterMinutes } from './rules.ts';

const lastSign = sql`greatest(f.last_heartbeat_at, f.last_check_at)`;
const silence = sql`make_interval(mins => ${silentAfterMinutes})`;
/** Of an installation that runs a release from before this version. */
const isBehind = (
  version: string,
) => sql`exists (select from releases o join releases n on n.version = ${version}
  where o.version = f.version and o.sort_key < n.sort_key)`;
/** So long an update takes at most before heartbeats go on. */
const grace = sql`make_interval(mins => ${lateAfterMinutes})`;

/** Versions that the fleet runs. */
export async function versionsRun(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ version: string }>`
    select distinct version from fleet_installations where version is not null`.execute(db);
  return rows.map(({ version }) => version);
}

export interface Draw {
  readonly rolloutId: string;
  readonly version: string;
  readonly stageIndex: number;
  readonly stage: Stage;
  /** Versions from which the release can be taken. */
  readonly from: readonly string[];
  readonly channels: readonly string[];
  /** Floors and releases that force themselves are offered though the license is suspended or over. */
  readonly isUrgent: boolean;
}

/** Of an installation `i`, its row `f` and directives `d`: whether the release may be offered to it at all (offers.ts), whatever it runs. */
const mayBeOffered = (draw: Draw, at: string): SqlPart<unknown> => {
  const licenses = licensesThatAre(draw.isUrgent ? ['active', 'suspended', 'expired'] : ['active'], at);
  return sql`${isThere} and i.license_id in (${licenses}) and f.channel = any(${[...draw.channels]}::text[])
    and not ${draw.version} = any(f.failed_versions) and not coalesce(d.disabled or d.suspended, false)`;
};
const wasHeard = (at: string): SqlPart<unknown> => sql`${lastSign} > ${at}::timestamptz - ${silence}`;

/**
 * Draws those whom a stage reaches beside those reached before, in one statement: of each environment its share, by their fixed lots,
 * or the first of each environment in turn. Only who may be offered the release and was heard of lately is drawn: of others nothing would
 * come. Gives how many were added.
 */
export async function drawMembers(db: Db, draw: Draw, at: string): Promise<number> {
  const { stage } = draw;
  const chosen =
    stage.count === undefined
      ? sql`rank <= greatest(ceil(size * ${String(stage.percent ?? 100)}::numeric / 100), least(${leastOfEnvironment}, ceil(size / 10.0)))`
      : sql`place <= ${stage.count}`;
  const ofCohorts = stage.cohorts.length === 0 ? sql`true` : sql`f.cohorts && ${[...stage.cohorts]}::text[]`;
  const { numAffectedRows = 0n } = await sql`
    with pool as (
      select f.installation_id, f.environment, f.version, f.lot, m.installation_id is not null as member
      from fleet_installations f join installations i on i.id = f.installation_id
        left join rollout_members m on m.rollout_id = ${draw.rolloutId} and m.installation_id = f.installation_id
        left join fleet_directives d on d.installation_id = f.installation_id
      where m.installation_id is not null
        or f.version = any(${[...draw.from]}::text[]) and ${wasHeard(at)} and ${ofCohorts} and ${mayBeOffered(draw, at)}
    ), ranked as (
      select *, row_number() over (partition by environment order by member desc, lot, installation_id) as rank,
        count(*) over (partition by environment) as size
      from pool
    ), placed as (
      select *, row_number() over (order by member desc, rank, lot, installation_id) as place from ranked
    )
    insert into rollout_members (rollout_id, installation_id, stage, from_version, environment, state, offered_at)
    select ${draw.rolloutId}, installation_id, ${draw.stageIndex}, version, environment, 'offered', ${at}::timestamptz
    from placed where not member and ${chosen}
    on conflict do nothing`.execute(db);
  return Number(numAffectedRows);
}

/**
 * Lets go of members of which nothing will come any more: who fell silent before it was told of the release, who may not be offered it
 * since it was drawn or goes another way, and who is gone before it was judged. Gives how many.
 */
export async function dropUnreached(db: Db, draw: Draw, at: string): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    with kept as materialized (
      select m.installation_id as id from rollout_members m join fleet_installations f on f.installation_id = m.installation_id
        join installations i on i.id = f.installation_id left join fleet_directives d on d.installation_id = f.installation_id
      where m.rollout_id = ${draw.rolloutId} and m.state in ('offered', 'told') and f.version = any(${[...draw.from, draw.version]}::text[])
        and (m.state = 'told' or ${wasHeard(at)}) and ${mayBeOffered(draw, at)}
    ), dropped as materialized (
      select m.installation_id as id from rollout_members m join installations i on i.id = m.installation_id
      where m.rollout_id = ${draw.rolloutId} and (m.state = 'updated' and not ${isThere}
        or m.state in ('offered', 'told') and m.installation_id not in (select id from kept))
      order by m.installation_id for update of m
    )
    delete from rollout_members m using dropped x
    where m.rollout_id = ${draw.rolloutId} and m.installation_id = x.id and m.state in ('offered', 'told', 'updated')`.execute(
    db,
  );
  return Number(numAffectedRows);
}

/**
 * Judges the members of a rollout by what their installations said, in one statement. Who runs the release is updated, and healthy
 * once its heartbeats went on for the soak of its stage. Who fell silent after it was told of the release or took it has failed; who
 * runs a version from before went back, whatever it reported. What failed is remembered, and its installation rests. Who is gone since
 * is judged no more.
 */
export async function settleMembers(
  db: Db,
  rollout: {
    readonly id: string;
    readonly version: string;
    readonly state: string;
    readonly stages: readonly Stage[];
  },
  at: string,
): Promise<void> {
  const soaks = sql`(select array_agg((s.value->>'soak_minutes')::int order by s.ordinality)
    from jsonb_array_elements(${JSON.stringify(rollout.stages)}::jsonb) with ordinality s)`;
  // Who goes back once the rollout is over does as it was offered.
  const isBlamed = rollout.state === 'running' || rollout.state === 'waiting';
  await sql`
    with soaks as materialized (select ${soaks} as of_stage), looked as materialized (
      select m.installation_id, m.state as was, m.environment, m.from_version, m.offered_at, case
        when f.version = ${rollout.version} and m.state in ('offered', 'told', 'silent') then 'updated'
        when m.state in ('updated', 'healthy') and (f.version = m.from_version or ${isBehind(rollout.version)})
          and ${lastSign} > m.updated_at + ${grace} then 'rolled_back'
        when m.state = 'updated' and f.version = ${rollout.version}
          and ${lastSign} >= m.updated_at + make_interval(mins => (select of_stage[m.stage + 1] from soaks)) then 'healthy'
        when m.state = 'updated' and greatest(${lastSign}, m.updated_at) <= ${at}::timestamptz - ${silence} then 'silent'
        when m.state = 'told' and coalesce(${lastSign}, m.taken_at) < m.taken_at + ${grace}
          and greatest(${lastSign}, m.taken_at) <= ${at}::timestamptz - ${silence} then 'silent'
      end as becomes
      from rollout_members m join fleet_installations f on f.installation_id = m.installation_id
        join installations i on i.id = m.installation_id
      where m.rollout_id = ${rollout.id} and m.state in ('offered', 'told', 'updated', 'silent', 'healthy') and ${isThere}
    ), judged as materialized (
      select *, becomes = 'silent' or becomes = 'rolled_back' and ${isBlamed} as failed from looked where becomes is not null
    ), locked as materialized (
      select f.installation_id as id from fleet_installations f where f.installation_id in (select installation_id from judged where failed)
      order by f.installation_id for no key update
    ), held as materialized (
      -- In the order in which reports and checks change them, too, and after the installations.
      select m.installation_id as id from rollout_members m where m.rollout_id = ${rollout.id}
        and m.installation_id in (select installation_id from judged) and (select count(*) from locked) >= 0
      order by m.installation_id for no key update
    ), changed as (
      update rollout_members m set state = j.becomes,
        updated_at = case j.becomes when 'updated' then ${at}::timestamptz else m.updated_at end,
        settled_at = case j.becomes when 'updated' then null else ${at}::timestamptz end
      from judged j join held h on h.id = j.installation_id
      where m.rollout_id = ${rollout.id} and m.installation_id = j.installation_id and m.state = j.was
      returning m.installation_id
    ), kept as (
      insert into fleet_reports (installation_id, version, from_version, status, environment, seconds, created_at)
      select j.installation_id, ${rollout.version}, j.from_version, j.becomes, j.environment,
        extract(epoch from ${at}::timestamptz - j.offered_at), ${at}::timestamptz
      from judged j join changed c on c.installation_id = j.installation_id where j.becomes in ('silent', 'rolled_back')
      order by j.installation_id
    )
    update fleet_installations f set failures = least(f.failures + 1, 1000),
      failed_versions = (array_remove(f.failed_versions, ${rollout.version}) || ${rollout.version}::text)[greatest(1, cardinality(f.failed_versions) - 18):],
      rests_until = ${at}::timestamptz + interval '1 hour' * least(168, power(2, least(f.failures, 20)))
    from judged j join locked l on l.id = j.installation_id join changed c on c.installation_id = j.installation_id
    where f.installation_id = j.installation_id and j.failed`.execute(db);
}
