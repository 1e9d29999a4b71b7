import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { customerSummarySchema, invoiceLineSchema } from '#contract';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { advanceOneStatement } from '../subscriptions/index.ts';
import { issueStatements } from './issue-queries.ts';

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
    // The customer's index finds the few rows; there is none on the subscription alone.
    ...(subscription
      ? [
          sql`t.subscription_id = ${subscription} and t.customer_id = (select customer_id from subscriptions where id = ${subscription})`,
        ]
      : []),
    ...(from ? [sql`t.due_date >= ${from}::date`] : []),
    ...(to ? [sql`t.due_date <= ${to}::date`] : []),
    ...(search ? [sql`t.invoice_number like ${`${search.toUpperCase().replace(/[\\%_]/g, '\\$&')}%`}`] : []),
  ];
  return listPage<InvoiceWithCustomer>(
    db,
    { select: withCustomer, from: invoicesAndCustomers, where },
    filter,
  );
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
    .select(['line_number', 'description', 'quantity', 'unit_price', 'amount', 'package_id'])
    .where('invoice_id', '=', id)
    .orderBy('line_number')
    .execute();
}

export interface NewInvoice {
  readonly id: string;
  readonly invoice_number: string;
  readonly customer_id: string;
  readonly subscription_id: string | null;
  readonly due_date: string;
  readonly notes: string | null;
  readonly lines: readonly {
    readonly description: string;
    readonly quantity: number;
    readonly unit_price: string;
  }[];
}

/** Adds an invoice with its lines; each line is rounded half up to whole rupiah (decisions.md, Billing). */
export async function insertInvoice(db: Db, invoice: NewInvoice, message: string, at: string): Promise<void> {
  await sql`
    with line as (
      select ordinality as n, l.description, l.quantity, round(l.unit_price, 2) as unit_price, round(l.unit_price * l.quantity, 0) as amount
      from rows from (jsonb_to_recordset(${JSON.stringify(invoice.lines)}::jsonb)
        as (description text, quantity integer, unit_price numeric)) with ordinality as l(description, quantity, unit_price, ordinality)
    ), issued as (
      insert into invoices (id, invoice_number, customer_id, subscription_id, amount, due_date, notes, created_at, updated_at)
      select ${invoice.id}::uuid, ${invoice.invoice_number}, ${invoice.customer_id}::uuid, ${invoice.subscription_id}::uuid,
        sum(amount), ${invoice.due_date}::date, ${invoice.notes}, ${at}::timestamptz, ${at}::timestamptz
      from line
    ), logged as (
      insert into billing_logs (id, subscription_id, invoice_id, action, message, created_at, updated_at)
      values (nadi_uuid(${at}::timestamptz), ${invoice.subscription_id}::uuid, ${invoice.id}::uuid, 'created', ${message},
        ${at}::timestamptz, ${at}::timestamptz)
    )
    insert into invoice_lines (invoice_id, line_number, description, quantity, unit_price, amount)
    select ${invoice.id}::uuid, n, description, quantity, unit_price, amount from line`.execute(db);
}

/** Invoices the next period of one subscription; returns the invoice's id. */
export async function issueNextPeriod(
  db: Db,
  subscriptionId: string,
  context: {
    readonly today: string;
    readonly at: string;
    readonly idPrefix: string;
    readonly dueDate: string;
    readonly notes: string | null;
  },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    with advanced as (${advanceOneStatement(subscriptionId, context.at)}),
    ${issueStatements({ periods: sql`advanced`, ...context, runId: null })}
    select id from issued`.execute(db);
  return rows[0]?.id;
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
