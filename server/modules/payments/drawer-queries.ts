import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

const inDrawer = (userId: string) => sql`p.received_by = ${userId} and p.method = 'cash'
  and p.cash_closing_id is null and p.reversed_at is null`;
/** The cash of a payment that was reversed before its drawer was closed never left one: it is in none. */
const outOfDrawer = (userId: string) => sql`p.reversed_by = ${userId} and p.method = 'cash'
  and p.cash_closing_id is not null and p.reversed_at is not null and p.reversal_closing_id is null`;

/** What of payments is in a person's open drawer: kind, id, amount (below zero where paid out), customer_id, receipt_number, created_at. */
export function cashOfPayments(userId: string): SqlPart<unknown> {
  return sql`
    select 'payment' as kind, p.id, p.amount, i.customer_id, p.receipt_number, p.created_at
    from payments p join invoices i on i.id = p.invoice_id where ${inDrawer(userId)}
    union all
    select 'payment_reversed', p.id, -p.amount, i.customer_id, p.receipt_number, p.reversed_at
    from payments p join invoices i on i.id = p.invoice_id where ${outOfDrawer(userId)}`;
}

/**
 * Named statements that put all of it into a closing: `payments_in` and `payments_out`, each with the amounts. What changed
 * while its row was waited for is judged again, so nothing is in two closings.
 */
export function closePaymentsStatements(userId: string, closingId: string): SqlPart<unknown> {
  return sql`
    payments_in as (
      update payments p set cash_closing_id = ${closingId}::uuid where ${inDrawer(userId)} returning p.amount
    ), payments_out as (
      update payments p set reversal_closing_id = ${closingId}::uuid where ${outOfDrawer(userId)} returning p.amount
    )`;
}
