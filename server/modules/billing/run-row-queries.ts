import { type Selectable, sql } from 'kysely';
import type { RunStepName } from '#contract';
import type { DB, Db, SqlPart } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { Progress } from './run-progress.ts';
import type { RunContext } from './run-queries.ts';

export type RunRow = Selectable<DB['billing_runs']>;

/** What a run was asked for. */
export interface RunOrder {
  readonly steps: readonly RunStepName[];
  readonly retryOf: string | null;
}

/** Brings the run's row up to date, and makes it where there is none. `now` is when the run ended, if it did. */
export async function writeRun(
  db: Db,
  run: RunContext,
  order: RunOrder,
  progress: Progress,
  now: string,
): Promise<void> {
  const { runId, today, author, subscriptionId, at } = run;
  const { counts, finished, state, failure } = progress;
  await sql`
    insert into billing_runs (id, billed_to, subscription_id, steps, finished_steps, counts, state, failed_step, error, retry_of,
      user_id, started_by, created_at, finished_at)
    values (${runId}, ${today}::date, ${subscriptionId ?? null}, ${[...order.steps]}::text[], ${[...finished]}::text[], ${JSON.stringify(counts)}::jsonb,
      ${state}, ${failure?.step ?? null}, ${failure?.error ?? null}, ${order.retryOf}, ${author.userId ?? null}, ${author.name},
      ${at}::timestamptz, ${state === 'running' ? null : now}::timestamptz)
    on conflict (id) do update set finished_steps = excluded.finished_steps, counts = excluded.counts, state = excluded.state,
      failed_step = excluded.failed_step, error = excluded.error, finished_at = excluded.finished_at`.execute(
    db,
  );
}

/** Rows of runs that have not ended, as {@link markInterrupted} compares them. */
export async function unfinishedRuns(db: Db): Promise<readonly { id: string; version: string }[]> {
  const { rows } = await sql<{ id: string; version: string }>`
    select id, xmin::text as version from billing_runs where state = 'running'`.execute(db);
  return rows;
}

/**
 * Marks those of `before` interrupted that have not taken a step since. Runs take turns step by step, so one that is alive
 * has; and should it be alive all the same, its next step says so again.
 */
export async function markInterrupted(
  db: Db,
  before: readonly { id: string; version: string }[],
): Promise<void> {
  if (before.length === 0) return;
  await sql`
    update billing_runs r set state = 'interrupted'
    from jsonb_to_recordset(${JSON.stringify(before)}::jsonb) as b(id uuid, version text)
    where r.id = b.id and r.xmin::text = b.version and r.state = 'running'`.execute(db);
}

export interface RunFilter extends PageRequest {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly state?: string | undefined;
}

export function listRunRows(db: Db, filter: RunFilter) {
  const where = [
    ...(filter.from ? [sql`t.billed_to >= ${filter.from}::date`] : []),
    ...(filter.to ? [sql`t.billed_to <= ${filter.to}::date`] : []),
    ...(filter.state ? [sql`t.state = ${filter.state}`] : []),
  ];
  return listPage<RunRow>(db, { select: sql`t.*`, from: sql`billing_runs t`, where }, filter);
}

export function findRun(db: Db, id: string): Promise<RunRow | undefined> {
  return db.selectFrom('billing_runs').selectAll().where('id', '=', id).executeTakeFirst();
}

export interface ItemRow {
  readonly id: string;
  readonly action: string;
  readonly message: string;
  readonly meta: unknown;
  readonly subscription_id: string | null;
  readonly invoice_id: string | null;
  readonly invoice_number: string | null;
  readonly customer_id: string | null;
  readonly customer_name: string | null;
  readonly amount: string | null;
  readonly created_at: string;
}

const itemColumns = sql`t.id, t.action, t.message, t.meta, t.subscription_id, t.invoice_id, i.invoice_number, c.id as customer_id, c.name as customer_name,
  coalesce(t.meta ->> 'amount', i.amount::text) as amount, t.created_at`;
const itemTables = sql`billing_logs t left join invoices i on i.id = t.invoice_id left join subscriptions s on s.id = t.subscription_id
  left join customers c on c.id = coalesce(i.customer_id, s.customer_id)`;

/** The log rows of a run all have its instant, which is what the index finds them by. */
const isOfRun = (runId: string, at: string): SqlPart<unknown> =>
  sql`t.created_at = ${at}::timestamptz and t.run_id = ${runId}`;

export function listRunItems(
  db: Db,
  { id, created_at: at }: RunRow,
  filter: PageRequest & { readonly action?: string | undefined },
) {
  const where = [isOfRun(id, at), ...(filter.action ? [sql`t.action = ${filter.action}`] : [])];
  return listPage<ItemRow>(db, { select: itemColumns, from: itemTables, where }, filter);
}

export interface PreviewItems {
  readonly items: readonly ItemRow[];
  readonly total: number;
}

/**
 * The first items of a run that is about to be undone, in the order of its steps. An invoice that goes with it has no id
 * to look up, so none is given: its log row has the same.
 */
export async function previewItems(
  db: Db,
  { runId, at }: RunContext,
  actions: readonly string[],
  limit: number,
): Promise<PreviewItems> {
  const { rows } = await sql<ItemRow & { total: number }>`
    select t.*, n.total from (
      select ${itemColumns} from ${itemTables} where ${isOfRun(runId, at)}
      order by array_position(${[...actions]}::text[], t.action), c.name, i.invoice_number, t.id limit ${limit}
    ) t, (select count(*)::int as total from billing_logs t where ${isOfRun(runId, at)}) n`.execute(db);
  const { rows: made } = await sql<{ id: string }>`
    select id from billing_logs where id = any(${rows.flatMap((row) => row.invoice_id ?? [])}::uuid[]) and run_id = ${runId}`.execute(
    db,
  );
  const gone = new Set(made.map((row) => row.id));
  const items = rows.map(({ total: _, ...row }) =>
    row.invoice_id !== null && gone.has(row.invoice_id) ? { ...row, invoice_id: null } : row,
  );
  return { items, total: rows[0]?.total ?? 0 };
}
