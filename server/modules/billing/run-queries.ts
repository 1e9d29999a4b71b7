import { sql } from 'kysely';
import type { Db, SqlPart, Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { runAuditStatement } from '../audit/index.ts';
import {
  advanceStatement,
  alignServicesStatement,
  type ChangeKind,
  cancelEndedStatement,
  cancellationsDue,
  dropSecretsStatement,
  expireStatement,
  lockAllStatement,
  lockStatement,
  namedStatements,
  type OnSubscriptionsChanged,
  pausesToEnd,
  resumeStatement,
  suspendStatement,
  switchPackagesStatement,
} from '../subscriptions/index.ts';
import type { BillingHooks } from './hooks.ts';
import { issueStatements } from './issue-queries.ts';
import { isOwed } from './owed-queries.ts';
import { issueUsed } from './queries.ts';
import { renewalLines, renewalStatements, usedStatements } from './renewal-queries.ts';
import { extendFree } from './settle-queries.ts';

/** What every step of a run is told. */
export interface RunContext {
  readonly runId: string;
  /** The organisation's local date the run bills to, YYYY-MM-DD. */
  readonly today: string;
  /** RFC 3339. */
  readonly at: string;
  readonly graceDays: number;
  readonly dueDays: number;
  /** The last date whose periods are invoiced today. */
  readonly horizon: string;
  readonly newIdPrefix: () => string;
  readonly onSubscriptionsChanged: OnSubscriptionsChanged;
  readonly payFromBalances: BillingHooks['payFromBalances'];
  /** Who started it. */
  readonly author: Author;
}

/** Only one run at a time changes anything; others wait here and then find it done. Held until the transaction ends. */
export async function lockRuns(db: Db): Promise<void> {
  // The sets of a run over a million fit into this; a small run takes what it needs of it.
  await sql`select pg_advisory_xact_lock(7234502), set_config('work_mem', '256MB', true)`.execute(db);
}

/** Pays open invoices from their customers' balances, and notes it in the run's audit row. */
export async function payFromBalances(db: Tx, run: RunContext): Promise<number> {
  const paid = await run.payFromBalances(db, { ...run, idPrefix: run.newIdPrefix() });
  if (paid > 0) {
    const total = sql`(select ${paid}::integer as touched) total`;
    await sql`${auditStatement(run, 'from_balance', total)}`.execute(db);
  }
  return paid;
}

/** Marks unpaid invoices overdue whose due date has passed; returns how many. */
export function markOverdue(db: Db, run: RunContext): Promise<number> {
  return count(
    db,
    sql`
      with touched as (
        update invoices set status = 'overdue', updated_at = ${run.at}::timestamptz
        where status = 'unpaid' and due_date < ${run.today}::date
        returning id
      ), total as (select count(*)::integer as touched from touched),
      audit as (${auditStatement(run, 'overdue')})
      select touched as count from total`,
  );
}

/** Suspends subscriptions with an invoice open, by a rupiah or more, for longer than the grace days; returns how many. */
export async function suspendOverdue(db: Db, run: RunContext): Promise<number> {
  const overdue = sql`(
    select subscription_id, period_start from invoices
    where status in ('unpaid', 'overdue') and due_date < ${run.today}::date - ${run.graceDays}::integer
      and subscription_id is not null and ${isOwed}) overdue`;
  // Locked before they are judged: a payment in flight is waited for and then seen, so nobody who has just paid is
  // suspended (field.md 1).
  await sql`${lockStatement(overdue)}`.execute(db);
  return changeSubscriptions(
    db,
    run,
    'suspended',
    suspendStatement(overdue, run),
    'Suspended: an invoice is overdue',
  );
}

/** Ends subscriptions that do not renew and whose paid time is over; returns how many. */
export function expireEnded(db: Db, run: RunContext): Promise<number> {
  return changeSubscriptions(
    db,
    run,
    'expired',
    expireStatement(run.today, run.at),
    'Expired: the paid time is over and it does not renew',
  );
}

/**
 * Invoices the next period of every subscription that is due by the horizon: invoice, line, number, log, and the
 * subscription moved on, in one statement. Returns how many; call again until none is left, so that each period
 * missed while no run took place is invoiced too.
 */
export async function renewOnePeriod(db: Db, run: RunContext): Promise<number> {
  const { today, at, runId, dueDays } = run;
  const idPrefix = run.newIdPrefix();
  const renewed = await count(
    db,
    sql`
      with advanced as (${advanceStatement(run, run.at)}),
      ${renewalStatements()},
      ${issueStatements({ today, at, runId, idPrefix, dueDays }, renewalLines())},
      ${usedStatements(at)},
      total as (select count(*)::integer as touched from issued),
      audit as (${auditStatement(run, 'renewed')})
      select touched as count from total`,
  );
  await extendFree(db, { idPrefix, at });
  return renewed;
}

/** Ends pauses whose day has come; returns how many. */
export async function endPauses(db: Db, run: RunContext): Promise<number> {
  const ended = pausesToEnd(run.today);
  const statement = resumeStatement(ended, run.today, run.at);
  return changeSubscriptions(db, run, 'activated', statement, 'Resumed: the pause is over', {
    step: 'resumed',
  });
}

/** Gives subscriptions their next package, where the next period is about to be invoiced; returns how many. */
export function changePackages(db: Db, run: RunContext): Promise<number> {
  const statement = switchPackagesStatement(run.horizon, run.at);
  return changeSubscriptions(db, run, 'updated', statement, 'Package changed with the new period', {
    step: 'package_changed',
    beside: [alignServicesStatement(sql`touched`, run.at)],
  });
}

/** Cancels subscriptions whose last period is over; returns how many. */
export async function cancelEnded(db: Db, run: RunContext): Promise<number> {
  // Locked before they are judged, as before a suspension: what a payment in flight changes is seen.
  await sql`${lockAllStatement(cancellationsDue(run.today))}`.execute(db);
  await issueUsed(db, cancellationsDue(run.today), { ...run, idPrefix: run.newIdPrefix() });
  const statement = cancelEndedStatement(run.today, run.at);
  return changeSubscriptions(db, run, 'cancelled', statement, 'Cancelled: the last period is over', {
    beside: [dropSecretsStatement(sql`touched`)],
  });
}

function changeSubscriptions(
  db: Db,
  run: RunContext,
  kind: ChangeKind,
  change: SqlPart<unknown>,
  message: string,
  {
    step = kind,
    beside = [],
  }: { readonly step?: string; readonly beside?: readonly SqlPart<unknown>[] } = {},
): Promise<number> {
  const { runId, at, author } = run;
  const hooks = run.onSubscriptionsChanged({
    kind,
    touched: sql`touched`,
    message,
    runId,
    author,
    at,
  });
  return count(
    db,
    sql`
      with touched as (${change})${namedStatements([...beside, ...hooks])},
      total as (select count(*)::integer as touched from touched),
      audit as (${auditStatement(run, step)})
      select touched as count from total`,
  );
}

/** One audit row a run: each step adds its count to it, in the statement of the step (decisions.md, Billing). */
function auditStatement(run: RunContext, step: string, counted = sql`total`): SqlPart<unknown> {
  return runAuditStatement({
    runId: run.runId,
    action: 'billing.run',
    author: run.author,
    at: run.at,
    values: sql`jsonb_build_object('date', ${run.today}::text, ${step}::text, touched
      + coalesce((select (new_values ->> ${step}::text)::integer from audit_logs where id = ${run.runId}::uuid), 0))`,
    counted,
  });
}

async function count(db: Db, statement: SqlPart<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`${statement}`.execute(db);
  return rows[0]?.count ?? 0;
}
