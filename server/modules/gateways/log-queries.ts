import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { Json } from './gateway.ts';
import { storableJson } from './words-in.ts';

export type MidtransLogRow = Selectable<DB['midtrans_logs']>;

export interface LogEntry {
  readonly invoice_id: string | null;
  readonly order_id: string;
  readonly transaction_id?: string | null | undefined;
  readonly event: 'create' | 'notification' | 'status_check' | 'cancel' | 'refund';
  readonly status?: string | null | undefined;
  readonly request?: Json | undefined;
  readonly response?: Json | undefined;
}

/** Notes what Midtrans was asked and told. */
export async function logMidtrans(db: Db, entries: readonly LogEntry[], at: string): Promise<void> {
  if (entries.length === 0) return;
  await sql`
    insert into midtrans_logs (id, invoice_id, order_id, transaction_id, event, status, request, response, created_at, updated_at)
    select nadi_uuid(${at}::timestamptz, row_number() over ()), invoice_id, order_id, transaction_id, event, status, request, response,
      ${at}::timestamptz, ${at}::timestamptz
    from jsonb_to_recordset(${storableJson(entries)}::jsonb) as e(invoice_id uuid, order_id text, transaction_id text, event text,
      status text, request jsonb, response jsonb)`.execute(db);
}

export interface LogFilter extends PageRequest {
  readonly order_id?: string | undefined;
  readonly event?: string | undefined;
}

export function listLogRows(db: Db, filter: LogFilter) {
  const where = [
    ...(filter.order_id ? [sql`t.order_id = ${filter.order_id}`] : []),
    ...(filter.event ? [sql`t.event = ${filter.event}`] : []),
  ];
  return listPage<MidtransLogRow>(db, { select: sql`t.*`, from: sql`midtrans_logs t`, where }, filter);
}

/** Erases what Midtrans was told of customers themselves. */
export async function eraseGatewayLogsOf(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`
    update midtrans_logs set request = request - 'customer_details' where request ? 'customer_details' and order_id in (
      select o.order_id from payment_orders o join invoices i on i.id = o.invoice_id where i.customer_id = any(${[...customerIds]}::uuid[]))`.execute(
    db,
  );
}
