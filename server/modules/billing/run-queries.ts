import { sql } from 'kysely';
import type { Db, SqlPart, Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { runAuditStatement } from '../audit/index.ts';
import {
  advanceStatement,
  alignServicesStatement,
  apartFromJoint,
  type ChangeKind,
  cancelEndedStatement,
  cancellationsDue,
  dropSecretsStatement,
  expirableOf,
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
import { anythingJoined, lockSharing } from './joint-lock-queries.ts';
import { isOwed } from './owed-queries.ts';
import { invoiced, isFor } from './part-queries.ts';
import { issueUsed, issueWaiting } from './queries.ts';
import { renewalLines, renewalStatements, usedStatements } from './renewal-queries.ts';
import { extendFree } from './settle-queries.ts';

/** What an organisation asks of those who pay late. */
export interface LateFees {
  readonly kind: string;
  /** Decimal texts. */
  readonly amount: string;
  readonly percent: string;
  /** Zero is none. */
  readonly cap: string;
  /** Days overdue that cost nothing. */
  readonly afterDays: number;
  /** Days before this one cost nothing either; null is no such day. */
  readonly since: string | null;
}

/** What every step of a run is told. */
export interface RunContext {
  readonly runId: string;
  /** The organisation's local date the run bills to, YYYY-MM-DD. */
  readonly today: string;
  /** RFC 3339. */
  readonly at: string;
  /** The only subscription it is for; without it, all. */
  readonly subscriptionId?: string | undefined;
  readonly lateFees: LateFees;
  readonly graceDays: number;
  readonly dueDays: number;
  /** The last date whose periods are invoiced today. */
  readonly horizon: string;
  readonly newIdPrefix: () => string;
  readonly onSubscriptionsChanged: OnSubscriptionsChanged;
  readonly payFromBalances: BillingHooks['payFromBalances'];
  readonly holdBalances: BillingHooks['holdBalances'];
  /** Who started it. */
  readonly author: Author;
}

/** Only one run at a time changes anything; others wait here and then find it done. Held until the transaction ends. */
export async function lockRuns(db: Db): Promise<void> {
  // The sets of a run over a million fit into this; a small run takes what it needs of it.
  await sql`select pg_advisory_xact_lock(7234502), set_config('work_mem', '256MB', true)`.execute(db);
}

/** The condition that a row of `invoices` belongs to what the run is for. */
export function withinScope({ subscriptionId: id }: RunContext): SqlPart<unknown> {
  return id === undefined ? sql`true` : isFor(id, 'invoices');
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
        where status = 'unpaid' and due_date < ${run.today}::date and ${withinScope(run)}
        returning id
      ), total as (select count(*)::integer as touched from touched),
      audit as (${auditStatement(run, 'overdue')})
      select touched as count from total`,
  );
}

/** Suspends subscriptions with an invoice open, by a rupiah or more, for longer than the grace days; returns how many. */
export async function suspendOverdue(db: Db, run: RunContext): Promise<number> {
  const { today, graceDays, subscriptionId: only } = run;
  const patience = sql`${today}::date - ${graceDays}::integer`;
  const isLate = sql`status in ('unpaid', 'overdue') and due_date < ${patience} and subscription_id is not null and ${isOwed}
    ${only === undefined ? sql`` : sql`and subscription_id = ${only} and customer_id = (select customer_id from subscriptions where id = ${only})`}`;
  const invoices = (await anythingJoined(db)) ? invoiced : sql`invoices`;
  const overdue = sql`(select subscription_id from ${invoices} i where ${isLate})`;
  // Locked before they are judged: a payment in flight is waited for and then seen, so nobody who has just paid is
  // suspended (field.md 1).
  await lockSharing(
    db,
    run,
    (shared) =>
      sql`(select subscription_id as id from ${overdue} o where subscription_id in (select subscription_id from ${shared} x))`,
  );
  await sql`${lockStatement(sql`${overdue} overdue`)}`.execute(db);
  const late = sql`late as materialized (
    select id, subscription_id, period_start, invoice_number, due_date, ${today}::date - due_date as days, amount - amount_paid as open
    from ${invoices} i where ${isLate})`;
  // Of several the oldest; a period's own only where its time without payment is what suspends.
  const reasons = sql`(
    select id, invoice_id, 'Suspended: ' || invoice_number || ' is ' || days || case days when 1 then ' day' else ' days' end
        || ' overdue, ' || trim_scale(open) || ' to pay' as message,
      jsonb_build_object('invoice_number', invoice_number, 'due_date', due_date, 'days_overdue', days, 'amount', open::text) as meta
    from (
      select distinct on (l.subscription_id) l.subscription_id as id, l.id as invoice_id, invoice_number, due_date, days, open
      from late l join touched s on s.id = l.subscription_id
      order by l.subscription_id, period_start is not null and s.end_date >= ${patience}, due_date, l.id
    ) oldest)`;
  const change = suspendStatement(sql`late`, run);
  const message = 'Suspended: an invoice is overdue';
  return changeSubscriptions(db, run, 'suspended', { given: late, change, message, reasons });
}

/** Ends subscriptions that do not renew and whose paid time is over; returns how many. */
export async function expireEnded(db: Db, run: RunContext): Promise<number> {
  await lockSharing(db, run, (shared) => expirableOf(shared, run.today));
  const change = expireStatement(run.today, run.at, run.subscriptionId);
  const reasons = sql`(
    select id, null::uuid as invoice_id, 'Expired: paid until ' || (end_date - 1) || ' and it does not renew' as message,
      jsonb_build_object('paid_until', end_date - 1) as meta
    from touched)`;
  const message = 'Expired: the paid time is over';
  return changeSubscriptions(db, run, 'expired', { change, message, reasons });
}

/**
 * Invoices the next period of every subscription that is due by the horizon: invoice, line, number, log, and the
 * subscription moved on, in one statement. Returns how many; call again until none is left, so that each period
 * missed while no run took place is invoiced too. `apart` leaves out whose customers want one invoice.
 */
export async function renewOnePeriod(db: Db, run: RunContext, apart: boolean): Promise<number> {
  const { today, at, runId, dueDays } = run;
  const idPrefix = run.newIdPrefix();
  const renewed = await count(
    db,
    sql`
      with advanced as (${advanceStatement(run, run.at, run.subscriptionId, apart ? apartFromJoint : undefined)}),
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
  const ending = pausesToEnd(run.today, run.subscriptionId);
  await lockSharing(
    db,
    run,
    (shared) => sql`(select id from ${ending} where id in (select subscription_id from ${shared} x))`,
  );
  const change = resumeStatement(ending, run.today, run.at);
  const message = 'Resumed: the pause is over';
  return changeSubscriptions(db, run, 'activated', { change, message, step: 'resumed' });
}

/** Gives subscriptions their next package, where the next period is about to be invoiced; returns how many. */
export function changePackages(db: Db, run: RunContext): Promise<number> {
  const reasons = sql`(
    select t.id, null::uuid as invoice_id, 'Package changed with the new period: ' || o.name || ' to ' || n.name as message,
      jsonb_build_object('from_package', o.name, 'to_package', n.name) as meta
    from touched t join packages o on o.id = t.old_package_id join packages n on n.id = t.package_id)`;
  return changeSubscriptions(db, run, 'updated', {
    change: switchPackagesStatement(run.horizon, run.at, run.subscriptionId),
    message: 'Package changed with the new period',
    reasons,
    step: 'package_changed',
    beside: [alignServicesStatement(sql`touched`, run.at)],
  });
}

/** Cancels subscriptions whose last period is over; returns how many. */
export async function cancelEnded(db: Db, run: RunContext): Promise<number> {
  const due = cancellationsDue(run.today, run.subscriptionId);
  // Locked before they are judged, as before a suspension: what a payment in flight changes is seen.
  await sql`${lockAllStatement(due)}`.execute(db);
  await issueUsed(db, due, { ...run, idPrefix: run.newIdPrefix() });
  await issueWaiting(db, due, run);
  return changeSubscriptions(db, run, 'cancelled', {
    change: cancelEndedStatement(run.today, run.at, run.subscriptionId),
    message: 'Cancelled: the last period is over',
    beside: [dropSecretsStatement(sql`touched`)],
  });
}

/** A change of subscriptions, and why each was changed. */
interface SetChange {
  /** A named statement that the change and the reasons read. */
  readonly given?: SqlPart<unknown>;
  readonly change: SqlPart<unknown>;
  readonly message: string;
  readonly reasons?: SqlPart<unknown>;
  /** What the run counts it as; without it, as its kind. */
  readonly step?: string;
  /** What else is done to those that are touched. */
  readonly beside?: readonly SqlPart<unknown>[];
}

function changeSubscriptions(
  db: Db,
  run: RunContext,
  kind: ChangeKind,
  { given, change, message, reasons, step = kind, beside = [] }: SetChange,
): Promise<number> {
  const { runId, at, author } = run;
  const hooks = run.onSubscriptionsChanged({
    kind,
    touched: sql`touched`,
    message,
    ...(reasons === undefined ? {} : { reasons }),
    ...(kind === 'updated' ? { action: step } : {}),
    runId,
    author,
    at,
  });
  return count(
    db,
    sql`
      with ${given === undefined ? sql`` : sql`${given},`} touched as (${change})${namedStatements([...beside, ...hooks])},
      total as (select count(*)::integer as touched from touched),
      audit as (${auditStatement(run, step)})
      select touched as count from total`,
  );
}

/** One audit row a run: each step adds its count to it, in the statement of the step (decisions.md, Billing). */
export function auditStatement(run: RunContext, step: string, counted = sql`total`): SqlPart<unknown> {
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

/** What a statement's `count` is. */
export async function count(db: Db, statement: SqlPart<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`${statement}`.execute(db);
  return rows[0]?.count ?? 0;
}
