import { type Insertable, type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { gatewayTransactionSchema } from '#contract';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type OrderRow = Selectable<DB['payment_orders']>;
export type TransactionRow = Selectable<DB['gateway_transactions']>;

export interface ShownOrder extends OrderRow {
  readonly invoice_number: string | null;
  readonly customer_id: string;
  readonly transactions: readonly z.input<typeof gatewayTransactionSchema>[];
}

/** A column's instant as the API writes it, for JSON that the database makes. */
export const instantOf = (column: string) =>
  sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const shown = sql`t.*, i.invoice_number, i.customer_id, coalesce((
  select jsonb_agg(jsonb_build_object('id', g.id, 'transaction_id', g.transaction_id, 'status', g.status, 'gross', g.gross::text,
    'credited', g.credited::text, 'refunded', g.refunded::text, 'kept', g.kept::text, 'booked', g.booked::text, 'method', g.method,
    'paid_at', ${instantOf('g.paid_at')}, 'confirmed', g.confirmed, 'payment_id', g.payment_id, 'held', g.held,
    'created_at', ${instantOf('g.created_at')}, 'updated_at', ${instantOf('g.updated_at')}) order by g.created_at, g.id)
  from gateway_transactions g where g.payment_order_id = t.id), '[]') as transactions`;
const ordersAndInvoices = sql`payment_orders t join invoices i on i.id = t.invoice_id`;

export interface OrderFilter extends PageRequest {
  readonly gateway?: string | undefined;
  readonly status?: string | undefined;
  readonly invoice_id?: string | undefined;
  readonly order_id?: string | undefined;
  readonly amount?: string | undefined;
  readonly held?: 'true' | undefined;
}

export function listOrderRows(db: Db, filter: OrderFilter) {
  const { gateway, status, invoice_id: invoice, order_id: order, amount, held } = filter;
  const where = [
    ...(gateway ? [sql`t.gateway = ${gateway}`] : []),
    ...(status ? [sql`t.status = ${status}`] : []),
    ...(invoice ? [sql`t.invoice_id = ${invoice}`] : []),
    ...(order ? [sql`t.order_id = ${order}`] : []),
    ...(amount ? [sql`t.amount = ${amount}::numeric`] : []),
    ...(held
      ? [sql`t.id in (select payment_order_id from gateway_transactions where held is not null)`]
      : []),
  ];
  return listPage<ShownOrder>(db, { select: shown, from: ordersAndInvoices, where }, filter);
}

export async function findOrder(db: Db, id: string): Promise<ShownOrder | undefined> {
  const { rows } =
    await sql<ShownOrder>`select ${shown} from ${ordersAndInvoices} where t.id = ${id}`.execute(db);
  return rows[0];
}

export function findOrderCalled(db: Db, orderId: string): Promise<OrderRow | undefined> {
  return db.selectFrom('payment_orders').selectAll().where('order_id', '=', orderId).executeTakeFirst();
}

export async function ordersCalled(
  db: Db,
  gateway: string,
  orderIds: readonly string[],
): Promise<readonly OrderRow[]> {
  const { rows } = await sql<OrderRow>`
    select * from payment_orders where gateway = ${gateway} and order_id = any(${[...orderIds]})`.execute(db);
  return rows;
}

export function insertOrder(db: Db, row: Insertable<DB['payment_orders']>): Promise<OrderRow> {
  return db.insertInto('payment_orders').values(row).returningAll().executeTakeFirstOrThrow();
}

/** An open order that asks just about this for the invoice, and can be paid for a while yet. */
export function reusableOrder(
  db: Db,
  wanted: {
    readonly gateway: string;
    readonly invoiceId: string;
    readonly least: string;
    readonly most: string;
    readonly until: string;
  },
): Promise<OrderRow | undefined> {
  return db
    .selectFrom('payment_orders')
    .selectAll()
    .where('invoice_id', '=', wanted.invoiceId)
    .where('gateway', '=', wanted.gateway)
    .where('status', '=', 'open')
    .where('expires_at', '>', wanted.until)
    .where('amount', '>=', wanted.least)
    .where('amount', '<=', wanted.most)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export type OrderChange = Partial<
  Pick<OrderRow, 'status' | 'gateway_id' | 'token' | 'url' | 'next_check_at' | 'last_error'>
>;

export async function changeOrder(db: Db, id: string, values: OrderChange, at: string): Promise<void> {
  await db
    .updateTable('payment_orders')
    .set({ ...values, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** The order's status, which nobody changes until the transaction ends. */
export async function lockOrder(db: Db, id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('payment_orders')
    .select('status')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.status;
}

/** A sum just above `amount` that no open transfer asks; undefined where all are taken. */
export async function freeTransferAmount(db: Db, amount: string): Promise<string | undefined> {
  const { rows } = await sql<{ free: string }>`
    select (${amount}::numeric + n)::numeric(14,2) as free from generate_series(1, 999) n
    where not exists (select from payment_orders where gateway = 'transfer' and status = 'open' and amount = ${amount}::numeric + n)
    order by random() limit 1`.execute(db);
  return rows[0]?.free;
}

/** What the orders were made for, as the gateway shows it. */
export interface OrderSubject {
  readonly invoice_number: string | null;
  readonly status: string;
  readonly left_to_pay: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
}

export async function subjectOf(db: Db, invoiceId: string): Promise<OrderSubject | undefined> {
  const { rows } = await sql<OrderSubject>`
    select i.invoice_number, i.status, i.amount - i.amount_paid as left_to_pay, c.name, c.email, c.phone
    from invoices i join customers c on c.id = i.customer_id where i.id = ${invoiceId}`.execute(db);
  return rows[0];
}

/** Orders that are due to be asked about; for a minute they are whoever took them's. */
export async function takeDueOrders(db: Db, at: string, limit: number): Promise<readonly OrderRow[]> {
  const { rows } = await sql<OrderRow>`
    update payment_orders o set next_check_at = ${at}::timestamptz + interval '1 minute' from (
      select id from payment_orders where next_check_at <= ${at}::timestamptz order by next_check_at limit ${limit} for update skip locked) d
    where d.id = o.id returning o.*`.execute(db);
  return rows;
}

/** Those of the orders whose invoice nobody needs to pay any more. */
export async function needless(db: Db, orderIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select o.id from payment_orders o join invoices i on i.id = o.invoice_id
    where o.id = any(${[...orderIds]}::uuid[]) and o.status in ('open', 'creating') and i.status not in ('unpaid', 'overdue')`.execute(
    db,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Has the open orders of an invoice asked about now, where that was not done just before. Returns whether there are any. */
export async function hurryOrders(db: Db, invoiceId: string, at: string): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`
    with hurried as (
      update payment_orders set next_check_at = ${at}::timestamptz, updated_at = ${at}::timestamptz
      where invoice_id = ${invoiceId} and status = 'open' and gateway <> 'transfer' and updated_at < ${at}::timestamptz - interval '15 seconds'
      returning id)
    select exists (select from payment_orders where invoice_id = ${invoiceId} and status = 'open' and gateway <> 'transfer') as open, count(*)
    from hurried`.execute(db);
  return rows[0]?.open ?? false;
}

/** An invoice as its payment page shows it. */
export interface PayableInvoice {
  readonly number: string | null;
  readonly status: string;
  readonly due_date: string;
  readonly amount: string;
  readonly left_to_pay: string;
}

export async function payableInvoice(db: Db, id: string): Promise<PayableInvoice | undefined> {
  const { rows } = await sql<PayableInvoice>`
    select invoice_number as number, status, due_date, amount, amount - amount_paid as left_to_pay from invoices where id = ${id}`.execute(
    db,
  );
  return rows[0];
}
