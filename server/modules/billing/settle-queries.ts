import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import {
  addDaysStatement,
  extendStatement,
  namedStatements,
  type OnSubscriptionsChanged,
  releaseStatement,
  resumeStatement,
  shortenStatement,
} from '../subscriptions/index.ts';
import { hasPrefix } from './issue-queries.ts';
import { isOwed } from './owed-queries.ts';
import { eachPart, invoiced } from './part-queries.ts';
import { giveBackStatements } from './renewal-queries.ts';

/** Records the change of `billing_logs` for a set of invoices; message and facts may be of their columns. */
function logStatement(
  from: SqlPart<unknown>,
  action: string,
  message: string | SqlPart<unknown>,
  at: string,
  runId: string | null = null,
  facts: SqlPart<unknown> = sql`null::jsonb`,
): SqlPart<unknown> {
  return sql`
    insert into billing_logs (id, subscription_id, invoice_id, run_id, action, message, meta, created_at, updated_at)
    select nadi_uuid(${at}::timestamptz, row_number() over ()), subscription_id, id, ${runId}::uuid, ${action}, ${message}, ${facts},
      ${at}::timestamptz, ${at}::timestamptz
    from ${from}`;
}

const paymentFacts = sql`jsonb_build_object('invoice_number', invoice_number, 'amount', given::numeric(14,2)::text, 'left', left_open::text)`;

/**
 * Adds amounts to open invoices: `given` is a relation of invoice_id and amount, once each invoice. Those that are then
 * paid in full extend their subscriptions by their periods (architecture, invariant 4), and start them again if they had
 * expired. The caller holds the locks of both and has checked that nothing is overpaid; a constraint refuses it otherwise.
 */
export async function applyAmounts(
  db: Db,
  given: SqlPart<unknown>,
  context: {
    readonly at: string;
    readonly today: string;
    readonly author: Author;
    readonly runId?: string | null;
    /** May be of a column of `given`, named with `g.`. */
    readonly paidAt: string | SqlPart<unknown>;
    /** May be of `given` and `left_open` (amounts) and `invoice_number`. */
    readonly message: string | SqlPart<unknown>;
    /** As `paidAt`. */
    readonly reference: string | null | SqlPart<unknown>;
  },
  onChanged: OnSubscriptionsChanged,
): Promise<void> {
  const { at, today, author, runId = null } = context;
  const message = 'Activated: time from today is paid';
  const hooks = onChanged({ kind: 'activated', touched: sql`revived`, message, runId, author, at });
  await sql`
    with settled as (
      update invoices i set amount_paid = i.amount_paid + g.amount, updated_at = ${at}::timestamptz,
        status = case when i.amount_paid + g.amount >= i.amount then 'paid' else i.status end,
        payment_reference = coalesce(${context.reference}, i.payment_reference),
        paid_at = case when i.amount_paid + g.amount >= i.amount then ${context.paidAt}::timestamptz end
      from ${given} g where i.id = g.invoice_id and i.status in ('unpaid', 'overdue')
      returning i.id, i.subscription_id, i.status, i.period_end - i.period_start as days, i.invoice_number, g.amount as given,
        i.amount - i.amount_paid as left_open
    ), covered as (${eachPart(sql`settled`, sql`, v.status, v.invoice_number, v.given, v.left_open`)}),
    paid as (select * from covered where status = 'paid'),
    logged as (${logStatement(sql`paid`, 'paid', context.message, at, runId, paymentFacts)}),
    part as (${logStatement(sql`(select * from covered where status <> 'paid') s`, 'part_paid', context.message, at, runId, paymentFacts)}),
    extended as (${extendStatement(sql`(select subscription_id, days from paid where days is not null and subscription_id is not null) p`, today, at)}),
    revived as (select id from extended where revived)${namedStatements(hooks)}
    select 1`.execute(db);
}

/** Counts the periods that came to nothing as paid, among the invoices just made with `idPrefix`. */
export async function extendFree(
  db: Db,
  { idPrefix, at }: { readonly idPrefix: string; readonly at: string },
): Promise<void> {
  const free = sql`(select subscription_id, period_end - period_start as days from ${invoiced} i
    where ${hasPrefix(idPrefix)} and status = 'paid' and period_start is not null) f`;
  await addDaysStatement(free, at).execute(db);
}

/** Takes an amount back from an invoice; one that was paid in full is open again, and its period unpaid. */
export async function takeBack(
  db: Db,
  { invoiceId, amount }: { readonly invoiceId: string; readonly amount: string },
  context: { readonly at: string; readonly today: string; readonly message: string },
): Promise<void> {
  const { at, today } = context;
  await sql`
    with before as (select status from invoices where id = ${invoiceId}),
    opened as (
      update invoices i set amount_paid = i.amount_paid - ${amount}::numeric, paid_at = null, updated_at = ${at}::timestamptz,
        status = case when i.due_date < ${today}::date then 'overdue' else 'unpaid' end
      where i.id = ${invoiceId} and i.status <> 'cancelled'
      returning i.id, i.subscription_id, i.period_end - i.period_start as days
    ), covered as (${eachPart(sql`opened`)}),
    logged as (${logStatement(sql`covered`, 'payment_reversed', context.message, at)}),
    shortened as (${shortenStatement(
      sql`(select subscription_id, days from covered, before
        where before.status = 'paid' and days is not null and subscription_id is not null) p`,
      at,
    )})
    select 1`.execute(db);
}

/** Resumes those of `settled` (subscription_id) that were suspended for overdue invoices and have none left. */
export async function resumeSettled(
  db: Db,
  settled: SqlPart<unknown>,
  context: {
    readonly at: string;
    readonly today: string;
    readonly author: Author;
    readonly runId?: string | null;
  },
  onChanged: OnSubscriptionsChanged,
): Promise<void> {
  const { at, today, author, runId = null } = context;
  const resumable = sql`(
    select s.id from subscriptions s
    where s.id in (select subscription_id from ${settled}) and s.suspended_for = 'overdue'
      and not exists (select from ${invoiced} i where i.customer_id = s.customer_id and i.subscription_id = s.id
        and i.status in ('unpaid', 'overdue') and i.due_date < ${today}::date and ${isOwed})) r`;
  const message = 'Resumed: nothing overdue is left';
  const hooks = onChanged({ kind: 'activated', touched: sql`touched`, message, runId, author, at });
  await sql`
    with touched as (${resumeStatement(resumable, today, at)})${namedStatements(hooks)}
    select 1`.execute(db);
}

/** Voids an open invoice; each period it was for, if the last of its subscription, is free to be invoiced again, and otherwise given. */
export async function voidInvoiceRow(db: Db, id: string, message: string, at: string): Promise<void> {
  await sql`
    with voided as (
      update invoices set status = 'cancelled', updated_at = ${at}::timestamptz where id = ${id}
      returning id, customer_id, subscription_id, period_start, period_end
    ), parted as (
      update invoice_parts set voided_at = ${at}::timestamptz where invoice_id = ${id}
      returning subscription_id, period_start, period_end
    ), covered as (
      select v.id, v.customer_id, coalesce(v.subscription_id, p.subscription_id) as subscription_id,
        coalesce(v.period_start, p.period_start) as period_start, coalesce(v.period_end, p.period_end) as period_end
      from voided v left join parted p on true
    ), logged as (${logStatement(sql`covered`, 'cancelled', message, at)}),
    ${giveBackStatements(at)},
    released as (${releaseStatement(
      sql`(select v.subscription_id, v.period_end - v.period_start as days, v.period_end, not exists (
          select from ${invoiced} i where i.customer_id = v.customer_id and i.subscription_id = v.subscription_id
            and i.status <> 'cancelled' and i.period_start > v.period_start) as last
        from covered v where v.period_start is not null and v.subscription_id is not null)`,
      at,
    )})
    select 1`.execute(db);
}
