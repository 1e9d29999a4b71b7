import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { adjustStatements } from './adjust-queries.ts';

export type BulkJobRow = Selectable<DB['quota_bulk_jobs']>;

export interface BulkFilter {
  readonly membership_type?: string | undefined;
  readonly package_id?: string | undefined;
  readonly area?: string | undefined;
}

export interface NewBulkJob {
  readonly id: string;
  readonly quota: string | null;
  readonly reason: string;
  readonly userId: string | null;
  readonly actor: string;
  readonly at: string;
  /** Those asked for by name, or by what they are. */
  readonly members: readonly string[] | BulkFilter;
}

/** Members are customers with a subscription that is not cancelled, by what they are now. */
const matching = ({ membership_type: type, package_id: pack, area }: BulkFilter) => sql`
  select c.id from customers c cross join lateral (
    select s.package_id, p.membership_type from subscriptions s join packages p on p.id = s.package_id
    where s.customer_id = c.id and s.status <> 'cancelled' order by s.status = 'active' desc, s.start_date, s.created_at, s.id limit 1
  ) l
  where ${type === undefined ? sql`true` : sql`coalesce(c.membership_type, l.membership_type, 'regular') = ${type}`}
    and ${
      pack === undefined
        ? sql`true`
        : sql`exists (select from subscriptions s where s.customer_id = c.id and s.package_id = ${pack} and s.status <> 'cancelled')`
    }
    and ${area === undefined ? sql`true` : sql`lower(c.area) = lower(${area})`}`;

/** Adds a job with its members, fixed now, in one statement. Ids that no customer has are written down with it. */
export async function insertBulkJob(db: Db, job: NewBulkJob): Promise<BulkJobRow> {
  const named = Array.isArray(job.members) ? sql`unnest(${job.members}::uuid[])` : sql`unnest(null::uuid[])`;
  const chosen = Array.isArray(job.members)
    ? sql`select c.id from customers c where c.id in (select id from asked)`
    : matching(job.members as BulkFilter); // Array.isArray does not narrow readonly arrays.
  const { rows } = await sql<BulkJobRow>`
    with asked as (select distinct id from ${named} id), chosen as materialized (${chosen}),
    job as (
      insert into quota_bulk_jobs (id, new_quota, reason, state, total, unknown_ids, user_id, actor, created_at)
      select ${job.id}::uuid, ${job.quota}::numeric, ${job.reason}, 'queued', (select count(*)::integer from chosen),
        (select coalesce(jsonb_agg(id order by id), '[]') from asked where id not in (select id from chosen)),
        ${job.userId}::uuid, ${job.actor}, ${job.at}::timestamptz
      returning *
    ), members as (
      insert into quota_bulk_members (job_id, customer_id) select job.id, chosen.id from job, chosen
    )
    select * from job`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('INSERT … RETURNING gave no row.');
  return row;
}

export function findBulkJob(db: Db, id: string): Promise<BulkJobRow | undefined> {
  return db.selectFrom('quota_bulk_jobs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The oldest job that is not done. */
export function nextBulkJob(db: Db): Promise<BulkJobRow | undefined> {
  return db
    .selectFrom('quota_bulk_jobs')
    .selectAll()
    .where('state', '<>', 'done')
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirst();
}

/**
 * Adjusts up to `limit` members of the job that were not adjusted yet, and returns them; with none left the job is done. The caller
 * holds the quotas' lock, so that no member is taken twice.
 */
export async function adjustSome(
  db: Db,
  job: BulkJobRow,
  limit: number,
  at: string,
): Promise<readonly string[]> {
  const adjustment = {
    quota: job.new_quota,
    reason: job.reason,
    userId: job.user_id,
    actor: job.actor,
    at,
  };
  const { rows } = await sql<{ customer_id: string }>`
    with chosen as materialized (
      select customer_id from quota_bulk_members where job_id = ${job.id} and adjusted_at is null order by customer_id limit ${limit}
      for update
    ), done as (
      update quota_bulk_members m set adjusted_at = ${at}::timestamptz from chosen c where m.job_id = ${job.id} and m.customer_id = c.customer_id
    ), ${adjustStatements(sql`chosen`, adjustment)}, counted as (
      update quota_bulk_jobs set done = done + n, state = case when n = 0 then 'done' else 'running' end,
        finished_at = case when n = 0 then ${at}::timestamptz end
      from (select count(*)::integer as n from chosen) c where id = ${job.id}
    )
    select customer_id from chosen`.execute(db);
  return rows.map((row) => row.customer_id);
}
