import { type RawBuilder, sql } from 'kysely';
import type { Db } from './db.ts';

export interface SystemState {
  readonly read_only: boolean;
  readonly reason: string | null;
}

/** The one row that says whether the installation is read-only. */
export async function readSystemState(db: Db): Promise<SystemState> {
  return db.selectFrom('system_state').select(['read_only', 'reason']).executeTakeFirstOrThrow();
}

export async function writeSystemState(
  db: Db,
  state: { on: boolean; reason: string | null; at: string },
): Promise<void> {
  await db
    .updateTable('system_state')
    .set({ read_only: state.on, reason: state.on ? state.reason : null, changed_at: state.at })
    .execute();
}

/** Gives back the jobs that a worker held when it was killed. */
export async function unlockAllJobs(db: Db): Promise<void> {
  await sql`
    select graphile_worker.force_unlock_workers(array(
      select distinct locked_by from graphile_worker.jobs where locked_by is not null))`.execute(db);
}

/** Gives back the jobs that the named pools of workers hold. */
export async function unlockJobsOf(db: Db, pools: readonly string[]): Promise<void> {
  await sql`select graphile_worker.force_unlock_workers(${pools}::text[])`.execute(db);
}

/** Puts jobs on the queue in one statement, as part of the caller's transaction. */
export interface JobSpec {
  readonly identifier: string;
  readonly payload: unknown;
  readonly job_key?: string;
  readonly run_at?: string;
}

/** Puts jobs on the queue, within a statement of somebody's. */
export function addJobsStatement(jobs: readonly JobSpec[]): RawBuilder<unknown> {
  return sql`
    select graphile_worker.add_jobs(array(
      select (j.identifier, j.payload, null, j.run_at, 5, j.job_key, 0, null)::graphile_worker.job_spec
      from json_to_recordset(${JSON.stringify(jobs)}::json)
        as j(identifier text, payload json, run_at timestamptz, job_key text)))`;
}

export async function addJobs(db: Db, jobs: readonly JobSpec[]): Promise<void> {
  if (jobs.length > 0) await addJobsStatement(jobs).execute(db);
}
