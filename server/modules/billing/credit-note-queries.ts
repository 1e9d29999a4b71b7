import { type Insertable, type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { Parts } from './credit-rules.ts';

export type CreditNoteRow = Selectable<DB['credit_notes']>;

/** What the credit notes of an invoice are together. */
export async function creditedOf(db: Db, invoiceId: string): Promise<Parts> {
  const { rows } = await sql<Parts>`
    select coalesce(sum(amount), 0.00) as amount, coalesce(sum(tax_amount), 0.00) as tax_amount, coalesce(sum(late_fee), 0.00) as late_fee
    from credit_notes where invoice_id = ${invoiceId}`.execute(db);
  const [sums] = rows;
  if (!sums) throw new Error('A sum gave no row.');
  return sums;
}

/** `CN-YYYYMMDD-0001`; the day's counter stays locked until the transaction ends, so numbers are without gaps. */
export async function nextCreditNoteNumber(db: Db, today: string): Promise<string> {
  const { rows } = await sql<{ last_number: number }>`
    insert into credit_note_counters (issued_on, last_number) values (${today}::date, 1)
    on conflict (issued_on) do update set last_number = credit_note_counters.last_number + 1
    returning last_number`.execute(db);
  return `CN-${today.replaceAll('-', '')}-${String(rows[0]?.last_number).padStart(4, '0')}`;
}

export function insertCreditNote(db: Db, row: Insertable<DB['credit_notes']>): Promise<CreditNoteRow> {
  return db.insertInto('credit_notes').values(row).returningAll().executeTakeFirstOrThrow();
}

export function findCreditNote(db: Db, id: string): Promise<CreditNoteRow | undefined> {
  return db.selectFrom('credit_notes').selectAll().where('id', '=', id).executeTakeFirst();
}

export function creditNotesOfInvoice(db: Db, invoiceId: string): Promise<CreditNoteRow[]> {
  return db
    .selectFrom('credit_notes')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

export interface CreditNoteFilter extends PageRequest {
  readonly customer_id?: string | undefined;
  readonly invoice_id?: string | undefined;
}

export function listCreditNoteRows(db: Db, filter: CreditNoteFilter) {
  const where = [
    ...(filter.customer_id ? [sql`t.customer_id = ${filter.customer_id}`] : []),
    ...(filter.invoice_id ? [sql`t.invoice_id = ${filter.invoice_id}`] : []),
  ];
  return listPage<CreditNoteRow>(db, { select: sql`t.*`, from: sql`credit_notes t`, where }, filter);
}
