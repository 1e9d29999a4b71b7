import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { containing } from '#kit/search-queries.ts';
import { type LifeState, lateAfterMinutes, silentAfterMinutes } from './rules.ts';

type Info = Readonly<Record<string, unknown>>;

export interface InstallationRow {
  readonly id: string;
  readonly agent_code: string;
  readonly license_id: string;
  readonly hostname: string | null;
  readonly version: string | null;
  readonly environment: string;
  readonly client_info: Info;
  readonly channel: string;
  readonly cohorts: readonly string[];
  readonly window_from: string | null;
  readonly window_until: string | null;
  readonly first_seen_at: string | null;
  readonly last_heartbeat_at: string | null;
  readonly last_check_at: string | null;
  readonly offered_version: string | null;
  readonly failures: number;
  readonly failed_versions: readonly string[];
  readonly rests_until: string | null;
  readonly previous_info: Info | null;
  readonly flips: number;
  readonly flipped_at: string | null;
  readonly directives: DirectivesRow | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface DirectivesRow {
  readonly disabled: boolean;
  readonly suspended: boolean;
  readonly force_version: string | null;
  readonly server_message: string | null;
  readonly reason: string | null;
  readonly updated_at: string;
}

/** Of an installation `i`: nobody waits for who unpaired, nor for whose license was moved or which the vendor ended. */
export const isThere = sql`i.state in ('ready', 'paired')`;
/** Who unpaired keeps its place, so what it is told when it comes back can be read and changed. */
const mayComeBack = sql`i.state in ('ready', 'paired', 'unpaired')`;
const those = (
  which: SqlPart<unknown>,
) => sql`(select f.*, f.installation_id as id, i.agent_code, i.license_id, i.hostname
  from fleet_installations f join installations i on i.id = f.installation_id where ${which}) t`;
const columns = sql`t.id, t.agent_code, t.license_id, t.hostname, t.version, t.environment, t.client_info, t.channel, t.cohorts,
  to_char(t.window_from, 'HH24:MI') as window_from, to_char(t.window_until, 'HH24:MI') as window_until, t.first_seen_at,
  t.last_heartbeat_at, t.last_check_at, t.offered_version, t.failures, t.failed_versions, t.rests_until, t.previous_info, t.flips,
  t.flipped_at, t.created_at, t.updated_at,
  (select to_jsonb(d) from fleet_directives d where d.installation_id = t.id) as directives`;

export interface FleetFilter extends PageRequest {
  readonly version?: string | undefined;
  readonly state?: LifeState | undefined;
  readonly channel?: string | undefined;
  readonly cohort?: string | undefined;
  readonly environment?: string | undefined;
  readonly license_id?: string | undefined;
  readonly search?: string | undefined;
}

const before = (at: string, minutes: number) => sql`${at}::timestamptz - make_interval(mins => ${minutes})`;
const lastSign = sql`greatest(t.last_heartbeat_at, t.last_check_at)`;

/** As `lifeState` says it (rules.ts). */
function inState(state: LifeState, at: string) {
  if (state === 'online') return sql`${lastSign} >= ${before(at, lateAfterMinutes)}`;
  if (state === 'late')
    return sql`${lastSign} < ${before(at, lateAfterMinutes)} and ${lastSign} >= ${before(at, silentAfterMinutes)}`;
  return sql`coalesce(${lastSign}, '-infinity') < ${before(at, silentAfterMinutes)}`;
}

/** Those that are there; what became of others licensing tells. */
export function listFleetRows(db: Db, filter: FleetFilter, at: string) {
  const { version, state, channel, cohort, environment, license_id: licenseId, search, ...page } = filter;
  const where = [
    ...(version === undefined ? [] : [sql`t.version = ${version}`]),
    ...(state === undefined ? [] : [inState(state, at)]),
    ...(channel === undefined ? [] : [sql`t.channel = ${channel}`]),
    ...(cohort === undefined ? [] : [sql`${cohort} = any(t.cohorts)`]),
    ...(environment === undefined ? [] : [sql`t.environment = ${environment}`]),
    ...(licenseId === undefined ? [] : [sql`t.license_id = ${licenseId}`]),
    ...(search === undefined
      ? []
      : [sql`lower(t.agent_code || ' ' || coalesce(t.hostname, '')) like ${containing(search)}`]),
  ];
  return listPage<InstallationRow>(db, { select: columns, from: those(isThere), where }, page);
}

export async function findInstallation(db: Db, id: string): Promise<InstallationRow | undefined> {
  const { rows } = await sql<InstallationRow>`
    select ${columns} from ${those(mayComeBack)} where t.id = ${id}`.execute(db);
  return rows[0];
}

/** Locks one, that it be changed by one person at a time, and that its license is not moved meanwhile: what is said would stay behind. */
export async function lockInstallation(db: Db, id: string): Promise<InstallationRow | undefined> {
  await sql`
    select from fleet_installations f join installations i on i.id = f.installation_id where f.installation_id = ${id}
    for no key update of f for share of i`.execute(db);
  return findInstallation(db, id);
}

export interface InstallationChange {
  readonly channel?: string | undefined;
  readonly cohorts?: string[] | undefined;
  readonly window_from?: string | null | undefined;
  readonly window_until?: string | null | undefined;
  readonly failures?: number;
  readonly failed_versions?: string[];
  readonly rests_until?: null;
}

export async function updateInstallation(
  db: Db,
  id: string,
  change: InstallationChange,
  at: string,
): Promise<void> {
  await db
    .updateTable('fleet_installations')
    .set({ ...change, updated_at: at })
    .where('installation_id', '=', id)
    .execute();
}

export async function saveDirectives(
  db: Db,
  id: string,
  row: Omit<DirectivesRow, 'updated_at'>,
  at: string,
): Promise<void> {
  const values = { ...row, updated_at: at };
  await db
    .insertInto('fleet_directives')
    .values({ installation_id: id, ...values })
    .onConflict((conflict) => conflict.column('installation_id').doUpdateSet(values))
    .execute();
}

/**
 * Gives one what another has set, what that was offered last, by which it is led back from a release that is halted, and what was said
 * to it, which comes back.
 */
export async function copyToMoved(
  db: Db,
  from: string,
  to: string,
  at: string,
): Promise<DirectivesRow | undefined> {
  const { rows } = await sql<DirectivesRow>`
    with moved as (
      insert into fleet_installations (installation_id, version, channel, cohorts, window_from, window_until, offered_version, offered_from,
        offered_checksum, offered_at, lot, created_at, updated_at)
      select ${to}::uuid, version, channel, cohorts, window_from, window_until, offered_version, offered_from, offered_checksum, offered_at,
        nadi_lot(${to}::uuid), ${at}::timestamptz, ${at}::timestamptz
      from fleet_installations where installation_id = ${from} on conflict do nothing)
    insert into fleet_directives (installation_id, disabled, suspended, force_version, server_message, reason, updated_at)
    select ${to}::uuid, disabled, suspended, force_version, server_message, reason, ${at}::timestamptz
    from fleet_directives where installation_id = ${from} on conflict do nothing
    returning disabled, suspended, force_version, server_message, reason, updated_at`.execute(db);
  return rows[0];
}

/** Those of which a directive waits for the director's signature. */
export async function unsignedOf(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('trust_documents')
    .select('subject')
    .where('state', '=', 'waiting')
    .where('role', '=', 'director')
    .where('subject', 'in', [...ids])
    .execute();
  return new Set(rows.map(({ subject }) => subject));
}
