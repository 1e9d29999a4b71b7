import { type Insertable, type Selectable, sql } from 'kysely';
import type { DB, Db, SqlPart } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type PaymentRow = Selectable<DB['payments']>;

export interface PaymentFilter extends PageRequest {
  readonly method?: string | undefined;
  readonly invoice_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly reversed?: boolean | undefined;
}

/** Dates are the organisation's local ones. */
export function listPaymentRows(db: Db, filter: PaymentFilter, timeZone: string) {
  const where = [
    ...(filter.method ? [sql`t.method = ${filter.method}`] : []),
    ...(filter.invoice_id ? [sql`t.invoice_id = ${filter.invoice_id}`] : []),
    ...(filter.from
      ? [sql`t.payment_date >= (${filter.from}::date::timestamp at time zone ${timeZone})`]
      : []),
    ...(filter.to
      ? [sql`t.payment_date < ((${filter.to}::date + 1)::timestamp at time zone ${timeZone})`]
      : []),
    ...(filter.reversed === undefined ? [] : [sql`(t.reversed_at is not null) = ${filter.reversed}`]),
  ];
  return listPage<PaymentRow>(db, { select: sql`t.*`, from: sql`payments t`, where }, filter);
}

export function findPayment(db: Db, id: string): Promise<PaymentRow | undefined> {
  return db.selectFrom('payments').selectAll().where('id', '=', id).executeTakeFirst();
}

export function lockPayment(db: Db, id: string): Promise<PaymentRow | undefined> {
  return db.selectFrom('payments').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The payment that was taken with this idempotency key. */
export function findPaymentByKey(db: Db, key: string): Promise<PaymentRow | undefined> {
  return db.selectFrom('payments').selectAll().where('idempotency_key', '=', key).executeTakeFirst();
}

export function paymentsOfInvoice(db: Db, invoiceId: string): Promise<PaymentRow[]> {
  return db
    .selectFrom('payments')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

export function insertPayment(db: Db, row: Insertable<DB['payments']>): Promise<PaymentRow> {
  return db.insertInto('payments').values(row).returningAll().executeTakeFirstOrThrow();
}

export function updatePaymentRow(
  db: Db,
  id: string,
  values: {
    readonly notes?: string | null;
    readonly reversed_at?: string;
    readonly reversed_by?: string | null;
    readonly reversal_reason?: string | null;
    readonly updated_at: string;
  },
): Promise<PaymentRow> {
  return db.updateTable('payments').set(values).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
}

/** One amount for one invoice, as `applyAmounts` takes it. */
export function oneAmount(invoiceId: string, amount: string): SqlPart<unknown> {
  return sql`(select ${invoiceId}::uuid as invoice_id, ${amount}::numeric as amount)`;
}
