import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { Membership, RolloutOf } from './offers.ts';
import type { Stage } from './rollout-rules.ts';

/** What one installation said, all that came of it at once taken together. */
export interface Said {
  readonly id: string;
  readonly version: string;
  /** Null where it only checked for updates. */
  readonly info: Readonly<Record<string, unknown>> | null;
  readonly environment: string;
  readonly beat: boolean;
  readonly checked: boolean;
}

/** An installation as it stands after what it said, with what it is to be told. */
export interface Seen {
  readonly id: string;
  readonly channel: string;
  readonly environment: string;
  readonly window_from: string | null;
  readonly window_until: string | null;
  readonly failures: number;
  readonly failed_versions: readonly string[];
  readonly rests_until: string | null;
  readonly offered_version: string | null;
  readonly offered_from: string | null;
  readonly offered_checksum: string | null;
  /** None where nobody ever told it anything. */
  readonly told: boolean;
  readonly disabled: boolean;
  readonly suspended: boolean;
  readonly force_version: string | null;
  readonly server_message: string | null;
  readonly memberships: readonly Membership[];
}

/** Of rollouts that are not over: those of releases that everybody is offered need no look at who is in them. */
const memberships = sql`coalesce((select jsonb_agg(jsonb_build_object('rollout_id', m.rollout_id, 'state', m.state, 'stage', m.stage,
    'from_version', m.from_version))
  from rollout_members m join rollouts r on r.id = m.rollout_id and r.state <> 'done' where m.installation_id = f.installation_id), '[]')`;

const seen = sql`f.installation_id as id, f.channel, f.environment, to_char(f.window_from, 'HH24:MI') as window_from,
  to_char(f.window_until, 'HH24:MI') as window_until, f.failures, f.failed_versions, f.rests_until, f.offered_version, f.offered_from,
  f.offered_checksum, d.installation_id is not null as told, coalesce(d.disabled, false) as disabled, coalesce(d.suspended, false) as suspended,
  d.force_version, d.server_message, ${memberships} as memberships`;

/** The later of two instants, as nodes differ by a little; what is long in the future was noted by a clock that was wrong. */
const latest = (noted: RawBuilder<unknown>, at: string) =>
  sql`greatest(case when ${noted} < ${at}::timestamptz + interval '1 hour' then ${noted} end, ${at}::timestamptz)`;

/**
 * Notes what many said, in one statement, and gives how each stands now. Their rows are locked in the order of their ids, as
 * everybody locks them who changes several. Who was never seen before is added.
 */
export async function noteSaid(db: Db, said: readonly Said[], at: string): Promise<readonly Seen[]> {
  const { rows } = await sql<Seen>`
    with said as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(said)}::jsonb)
        as r(id uuid, version text, info jsonb, environment text, beat boolean, checked boolean)
    ), added as (
      insert into fleet_installations as f (installation_id, version, client_info, environment, first_seen_at, last_heartbeat_at,
        last_check_at, lot, created_at, updated_at)
      select s.id, s.version, coalesce(s.info, '{}'), s.environment, ${at}::timestamptz, case when s.beat then ${at}::timestamptz end,
        case when s.checked then ${at}::timestamptz end, nadi_lot(s.id), ${at}::timestamptz, ${at}::timestamptz
      from said s join installations i on i.id = s.id
      where not exists (select from fleet_installations f where f.installation_id = s.id) order by s.id
      on conflict (installation_id) do update set version = excluded.version,
        last_heartbeat_at = coalesce(excluded.last_heartbeat_at, f.last_heartbeat_at),
        last_check_at = coalesce(excluded.last_check_at, f.last_check_at)
      returning f.*
    ), locked as materialized (
      select f.installation_id as id, f.client_info || jsonb_build_object('version', f.version) as before, f.previous_info
      from fleet_installations f join said s on s.id = f.installation_id
      order by f.installation_id for no key update of f
    ), compared as (
      select s.*, l.before, s.info || jsonb_build_object('version', s.version) <> l.before as differs,
        s.info || jsonb_build_object('version', s.version) = l.previous_info as goes_back
      from said s join locked l on l.id = s.id
    ), changed as (
      update fleet_installations f set version = s.version,
        last_heartbeat_at = case when s.beat then ${latest(sql`f.last_heartbeat_at`, at)} else f.last_heartbeat_at end,
        last_check_at = case when s.checked then ${latest(sql`f.last_check_at`, at)} else f.last_check_at end,
        first_seen_at = coalesce(f.first_seen_at, ${at}::timestamptz),
        environment = case when s.info is null then f.environment else s.environment end,
        client_info = case when s.info is null or s.info = f.client_info then f.client_info else s.info end,
        previous_info = case when s.differs then s.before else f.previous_info end,
        flips = case when not coalesce(s.differs and s.goes_back, false) then f.flips
          when f.flipped_at > ${at}::timestamptz - interval '1 day' then least(f.flips + 1, 1000) else 1 end,
        flipped_at = case when s.differs and s.goes_back then ${at}::timestamptz else f.flipped_at end
      from compared s where f.installation_id = s.id
      returning f.*
    )
    select ${seen} from (select * from added union all select * from changed) f
      left join fleet_directives d on d.installation_id = f.installation_id`.execute(db);
  return rows;
}

/** How one stands, without its saying anything. */
export async function findSeen(
  db: Db,
  id: string,
): Promise<(Seen & { readonly version: string | null }) | undefined> {
  const { rows } = await sql<Seen & { version: string | null }>`
    select ${seen}, f.version from fleet_installations f left join fleet_directives d on d.installation_id = f.installation_id
    where f.installation_id = ${id}`.execute(db);
  return rows[0];
}

/** The newest rollout of each release that has one, but those that are done. */
export async function rolloutsOffered(db: Db): Promise<readonly RolloutOf[]> {
  const { rows } = await sql<Omit<RolloutOf, 'stages'> & { stages: readonly Stage[] }>`
    select * from (select distinct on (r.release_id) r.id, v.version, r.state, r.stages, v.compatible
      from rollouts r join releases v on v.id = r.release_id order by r.release_id, r.created_at desc, r.id desc) newest
    where state <> 'done'`.execute(db);
  return rows;
}

/** What the last check of an installation was told of, where that has changed. */
export interface Told {
  readonly id: string;
  readonly version: string;
  readonly from: string;
  readonly hash: string;
  /** The rollout that reaches it; none where the release is for everybody, or where it leads back. */
  readonly rollout_id: string | null;
}

/** Notes what many were told of, in one statement: the members of rollouts among them count as told from now on. */
export async function noteTold(db: Db, told: readonly Told[], at: string): Promise<void> {
  await sql`
    with told as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
        as r(id uuid, version text, "from" text, hash text, rollout_id uuid)
    ), locked as materialized (
      select f.installation_id as id from fleet_installations f join told t on t.id = f.installation_id
      order by f.installation_id for no key update of f
    ), members as (
      update rollout_members m set state = 'told', taken_at = ${at}::timestamptz from told t join locked l on l.id = t.id
      where m.rollout_id = t.rollout_id and m.installation_id = t.id and m.state in ('offered', 'told')
    )
    update fleet_installations f set offered_version = t.version, offered_from = t."from", offered_checksum = t.hash,
      offered_at = case when f.offered_version = t.version and f.offered_from = t."from" then f.offered_at else ${at}::timestamptz end
    from told t join locked l on l.id = t.id where f.installation_id = t.id`.execute(db);
}

/** Notes that a member fetches what it was offered. */
export async function noteTaken(db: Db, id: string, version: string, at: string): Promise<void> {
  await sql`
    update rollout_members m set state = 'told', taken_at = ${at}::timestamptz
    from rollouts r join releases v on v.id = r.release_id
    where r.id = m.rollout_id and v.version = ${version} and m.installation_id = ${id} and m.state in ('offered', 'told')`.execute(
    db,
  );
}
