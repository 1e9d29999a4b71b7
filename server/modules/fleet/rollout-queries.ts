import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { Health, Stage } from './rollout-rules.ts';

export interface RolloutRow extends Omit<Selectable<DB['rollouts']>, 'stages'> {
  readonly stages: readonly Stage[];
  readonly version: string;
  readonly channel: string;
  readonly min_version: string | null;
  readonly is_floor: boolean;
  readonly force: boolean;
  readonly release_state: string;
}

const columns = sql`t.*, v.version, v.channel, v.min_version, v.is_floor, v.force, v.state as release_state`;
const source = sql`rollouts t join releases v on v.id = t.release_id`;

export interface RolloutFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly version?: string | undefined;
}

export function listRolloutRows(db: Db, { state, version, ...page }: RolloutFilter) {
  const where = [
    ...(state === undefined ? [] : [sql`t.state = ${state}`]),
    ...(version === undefined ? [] : [sql`v.version = ${version}`]),
  ];
  return listPage<RolloutRow>(db, { select: columns, from: source, where }, page);
}

export async function findRollout(db: Db, id: string): Promise<RolloutRow | undefined> {
  const { rows } = await sql<RolloutRow>`select ${columns} from ${source} where t.id = ${id}`.execute(db);
  return rows[0];
}

/** As {@link findRollout}; whoever else wants to change it waits. */
export async function lockRollout(db: Db, id: string): Promise<RolloutRow | undefined> {
  const { rows } = await sql<RolloutRow>`
    select ${columns} from ${source} where t.id = ${id} for no key update of t`.execute(db);
  return rows[0];
}

/** Rollouts that there is something to do for: those that run or are to start, and for a month those that lead back. */
export async function rolloutsAtWork(db: Db, at: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from rollouts where state = 'running' or state = 'waiting' and (stage_since is not null or starts_at <= ${at}::timestamptz)
      or state in ('halted', 'undone') and updated_at > ${at}::timestamptz - interval '30 days'
    order by id`.execute(db);
  return rows.map(({ id }) => id);
}

export interface ReleaseRow {
  readonly id: string;
  readonly version: string;
  readonly state: string;
}

export async function findRelease(db: Db, version: string): Promise<ReleaseRow | undefined> {
  return db
    .selectFrom('releases')
    .select(['id', 'version', 'state'])
    .where('version', '=', version)
    .executeTakeFirst();
}

export interface NewRollout {
  readonly id: string;
  readonly release_id: string;
  readonly stages: readonly Stage[];
  readonly starts_at: string | null;
}

export async function insertRollout(db: Db, row: NewRollout, at: string): Promise<void> {
  await sql`
    insert into rollouts (id, release_id, stages, state, starts_at, created_at, updated_at)
    values (${row.id}, ${row.release_id}, ${JSON.stringify(row.stages)}::jsonb, 'waiting', ${row.starts_at}::timestamptz, ${at}::timestamptz,
      ${at}::timestamptz)`.execute(db);
}

export interface RolloutChange {
  readonly state?: string;
  readonly state_reason?: string | null;
  readonly stage?: number;
  readonly stage_since?: string;
  readonly counted_from?: string;
  readonly ended_at?: string;
}

export async function updateRollout(db: Db, id: string, change: RolloutChange, at: string): Promise<void> {
  await db
    .updateTable('rollouts')
    .set({ ...change, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** How those fare that a rollout reached, by environment. What a person let pass is not counted as failed. */
export async function healthOf(db: Db, rolloutId: string): Promise<readonly Health[]> {
  const { rows } = await sql<Health>`
    select m.environment, count(*)::int as reached,
      (count(*) filter (where m.state = 'updated'))::int as updated, (count(*) filter (where m.state = 'healthy'))::int as healthy,
      (count(*) filter (where m.state in ('failed', 'silent', 'rolled_back') and m.settled_at > coalesce(r.counted_from, '-infinity')))::int as failed
    from rollout_members m join rollouts r on r.id = m.rollout_id where m.rollout_id = ${rolloutId}
    group by m.environment order by m.environment`.execute(db);
  return rows;
}

/** How many members are in each state. */
export async function memberStates(db: Db, rolloutId: string): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql<{ state: string; members: number }>`
    select state, count(*)::int as members from rollout_members where rollout_id = ${rolloutId} group by state`.execute(
    db,
  );
  return Object.fromEntries(rows.map(({ state, members }) => [state, members]));
}

export interface MemberRow {
  readonly id: string;
  readonly agent_code: string;
  readonly stage: number;
  readonly from_version: string | null;
  readonly environment: string;
  readonly state: string;
  readonly created_at: string;
  readonly settled_at: string | null;
}

export interface MemberFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly environment?: string | undefined;
}

export function listMemberRows(db: Db, rolloutId: string, { state, environment, ...page }: MemberFilter) {
  const where = [
    sql`t.rollout_id = ${rolloutId}`,
    ...(state === undefined ? [] : [sql`t.state = ${state}`]),
    ...(environment === undefined ? [] : [sql`t.environment = ${environment}`]),
  ];
  const from = sql`(select m.*, m.installation_id as id, m.offered_at as created_at, i.agent_code
    from rollout_members m join installations i on i.id = m.installation_id) t`;
  const select = sql`t.id, t.agent_code, t.stage, t.from_version, t.environment, t.state, t.created_at, t.settled_at`;
  return listPage<MemberRow>(db, { select, from, where }, page);
}
