import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { customerSummarySchema, invoiceLineSchema, invoiceTaxSchema } from '#contract';
import type { DB, Db, SqlPart } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { advanceOneStatement, advanceUsedStatement, switchPackageOf } from '../subscriptions/index.ts';
import { type IssueContext, issueStatements } from './issue-queries.ts';
import {
  itemLines,
  itemStatements,
  type NewInvoice,
  waitingLines,
  waitingStatements,
} from './item-queries.ts';
import { isFor } from './part-queries.ts';
import { renewalLines, renewalStatements, usedStatements } from './renewal-queries.ts';
import { extendFree } from './settle-queries.ts';

export type InvoiceRow = Selectable<DB['invoices']>;
export type BillingLogRow = Selectable<DB['billing_logs']>;

export interface InvoiceWithCustomer extends InvoiceRow {
  readonly customer: z.input<typeof customerSummarySchema>;
}

const withCustomer = sql`t.*, jsonb_build_object('id', c.id, 'name', c.name, 'email', c.email, 'phone', c.phone) as customer`;
const invoicesAndCustomers = sql`invoices t join customers c on c.id = t.customer_id`;

export interface InvoiceFilter extends PageRequest {
  readonly status?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly subscription_id?: string | undefined;
  readonly due_from?: string | undefined;
  readonly due_to?: string | undefined;
  readonly search?: string | undefined;
}

export function listInvoiceRows(db: Db, filter: InvoiceFilter) {
  const {
    status,
    customer_id: customer,
    subscription_id: subscription,
    due_from: from,
    due_to: to,
    search,
  } = filter;
  const where = [
    ...(status ? [sql`t.status = ${status}`] : []),
    ...(customer ? [sql`t.customer_id = ${customer}`] : []),
    ...(subscription ? [isFor(subscription, 't')] : []),
    ...(from ? [sql`t.due_date >= ${from}::date`] : []),
    ...(to ? [sql`t.due_date <= ${to}::date`] : []),
    ...(search ? [numberBegins(search)] : []),
  ];
  return listPage<InvoiceWithCustomer>(
    db,
    { select: withCustomer, from: invoicesAndCustomers, where },
    filter,
  );
}

/** Ours are in capitals; imported ones stay as they were. The index finds both. */
function numberBegins(search: string) {
  const begins = `${search.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`(t.invoice_number like ${begins.toUpperCase()} or t.invoice_number like ${begins})`;
}

export async function findInvoice(db: Db, id: string): Promise<InvoiceWithCustomer | undefined> {
  const { rows } = await sql<InvoiceWithCustomer>`
    select ${withCustomer} from ${invoicesAndCustomers} where t.id = ${id}`.execute(db);
  return rows[0];
}

/** Locks the invoice until the transaction ends. */
export function lockInvoice(db: Db, id: string): Promise<InvoiceRow | undefined> {
  return db.selectFrom('invoices').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

export function linesOfInvoice(db: Db, id: string): Promise<z.input<typeof invoiceLineSchema>[]> {
  return db
    .selectFrom('invoice_lines')
    .select([
      'line_number',
      'kind',
      'description',
      'quantity',
      'unit_price',
      'amount',
      'taxable',
      'package_id',
      'subscription_id',
    ])
    .where('invoice_id', '=', id)
    .orderBy('line_number')
    .execute() as Promise<z.input<typeof invoiceLineSchema>[]>;
}

/** Makes an invoice of some items, each rounded half up to whole rupiah; taxes come with them. Returns its id. */
export async function issueItems(db: Db, invoice: NewInvoice, context: IssueContext): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    with ${itemStatements(invoice)}, ${issueStatements(context, itemLines())}
    select id from issued`.execute(db);
  const [issued] = rows;
  if (!issued) throw new Error('INSERT … RETURNING gave no row.');
  return issued.id;
}

/** Invoices the next period of one subscription; returns the invoice's id, or nothing if it was changed meanwhile. */
export async function issueNextPeriod(
  db: Db,
  subscriptionId: string,
  context: IssueContext,
): Promise<string | undefined> {
  await switchPackageOf(db, subscriptionId, context.at);
  const { rows } = await sql<{ id: string }>`
    with advanced as (${advanceOneStatement(subscriptionId, context.at)}),
    ${renewalStatements()},
    ${issueStatements(context, renewalLines())},
    ${usedStatements(context.at)}
    select id from issued`.execute(db);
  await extendFree(db, context);
  return rows[0]?.id;
}

/** Invoices what postpaid subscriptions of `ending` (a relation with subscription_id) used of their running periods. */
export async function issueUsed(db: Db, ending: SqlPart<unknown>, context: IssueContext): Promise<void> {
  const { today, at } = context;
  await sql`
    with advanced as (${advanceUsedStatement(ending, today, at)}),
    ${renewalStatements()},
    ${issueStatements(context, renewalLines())},
    ${usedStatements(at)}
    select 1`.execute(db);
  await extendFree(db, context);
}

/**
 * Invoices the charges that still wait on subscriptions of `ending` (a relation with subscription_id), which get no next period.
 * What credits leave over goes to the balance.
 */
export async function issueWaiting(
  db: Db,
  ending: SqlPart<unknown>,
  context: Omit<IssueContext, 'idPrefix'> & { readonly newIdPrefix: () => string },
): Promise<void> {
  const { at, newIdPrefix } = context;
  const log = { action: 'created', message: 'Invoiced what waited for a next period' };
  for (let count = 1; count > 0; ) {
    const { rows } = await sql<{ count: number }>`
      with ${waitingStatements(ending)},
      ${issueStatements({ ...context, idPrefix: newIdPrefix(), log }, waitingLines())},
      ${usedStatements(at)}
      select count(*)::integer as count from numbered`.execute(db);
    count = rows[0]?.count ?? 0;
  }
}

export function taxesOfInvoice(db: Db, id: string): Promise<z.input<typeof invoiceTaxSchema>[]> {
  return db
    .selectFrom('invoice_taxes')
    .select(['name', 'rate', 'base_numerator', 'base_denominator', 'inclusive', 'base_amount', 'amount'])
    .where('invoice_id', '=', id)
    .orderBy('tax_number')
    .execute();
}

export async function updateInvoiceRow(
  db: Db,
  id: string,
  values: {
    readonly notes?: string | null | undefined;
    readonly due_date?: string | undefined;
    readonly updated_at: string;
  },
): Promise<void> {
  await db.updateTable('invoices').set(values).where('id', '=', id).execute();
}

export interface LogFilter extends PageRequest {
  readonly subscription_id?: string | undefined;
  readonly invoice_id?: string | undefined;
  readonly run_id?: string | undefined;
  readonly action?: string | undefined;
}

export function listBillingLogRows(db: Db, filter: LogFilter) {
  const where = [
    ...(filter.subscription_id ? [sql`t.subscription_id = ${filter.subscription_id}`] : []),
    ...(filter.invoice_id ? [sql`t.invoice_id = ${filter.invoice_id}`] : []),
    ...(filter.run_id ? [sql`t.run_id = ${filter.run_id}`] : []),
    ...(filter.action ? [sql`t.action = ${filter.action}`] : []),
  ];
  return listPage<BillingLogRow>(db, { select: sql`t.*`, from: sql`billing_logs t`, where }, filter);
}

/** Notes where an invoice can be paid, and as which order of Midtrans'. */
export async function noteGatewayOrder(
  db: Db,
  id: string,
  values: { readonly payment_url: string; readonly midtrans_order_id?: string },
): Promise<void> {
  await db.updateTable('invoices').set(values).where('id', '=', id).execute();
}
