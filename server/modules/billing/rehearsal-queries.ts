import { sql } from 'kysely';
import type { Tx } from '#kit/db.ts';
import { lockAllStatement, withinReach } from '../subscriptions/index.ts';
import { lockInvoiceNumbers } from './issue-queries.ts';
import { invoiced } from './part-queries.ts';
import { count, type RunContext, withinScope } from './run-queries.ts';

/**
 * Locks what the steps of a run may change, in the order in which everybody does. A run takes its steps in transactions of their own;
 * a rehearsal takes all of them in one, so that it would come back to invoices while it holds subscriptions and numbers,
 * and a payment could wait for it in a circle. Answers whether it has all invoices: one that was opened while others were waited
 * for is too late, and the caller begins anew.
 */
export async function lockForRehearsal(tx: Tx, run: RunContext): Promise<boolean> {
  const isOpen = sql`status in ('unpaid', 'overdue')`;
  const open = sql`select id, customer_id from invoices where ${isOpen} and ${withinScope(run)}`;
  const held = await count(
    tx,
    sql`select count(*)::integer as count from (${open} order by id for no key update) l`,
  );
  const owing = sql`(select subscription_id from ${invoiced} i where ${isOpen} and subscription_id is not null
    ${run.subscriptionId === undefined ? sql`` : sql`and id in (select id from (${open}) o)`})`;
  const wanted = sql`(select subscription_id from ${withinReach(run, run.subscriptionId)} r union select subscription_id from ${owing} o)`;
  await lockAllStatement(wanted).execute(tx);
  await lockInvoiceNumbers(tx, run.today);
  const customers = sql`(
    select customer_id from subscriptions where id in (select subscription_id from ${wanted} w) union select customer_id from (${open}) o)`;
  await run.holdBalances(tx, customers, run.today);
  return (await count(tx, sql`select count(*)::integer as count from (${open}) o`)) === held;
}
