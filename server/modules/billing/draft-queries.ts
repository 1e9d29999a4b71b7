import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { type IssueContext, issueStatements } from './issue-queries.ts';
import { givenItems, type ItemInput, itemLines, type NewInvoice, storedStatements } from './item-queries.ts';

/** Stores an invoice without a number and outside the books; its amount is that of its lines, without taxes. */
export async function insertDraft(
  db: Db,
  invoice: NewInvoice,
  {
    id,
    dueDate,
    notes,
    at,
  }: { readonly id: string; readonly dueDate: string; readonly notes: string | null; readonly at: string },
): Promise<void> {
  await sql`
    with ${givenItems(invoice.items)}, lines as (
      insert into invoice_lines (invoice_id, line_number, kind, description, quantity, unit_price, amount, taxable)
      select ${id}, line_number, kind, description, quantity, unit_price, amount, taxable from items
    )
    insert into invoices (id, customer_id, subscription_id, amount, due_date, status, notes, created_at, updated_at)
    select ${id}, ${invoice.customer_id}, ${invoice.subscription_id}, sum(amount), ${dueDate}::date, 'draft', ${notes}, ${at}::timestamptz,
      ${at}::timestamptz from items`.execute(db);
}

/** Puts other lines in the place of a draft's. The caller holds its lock. */
export async function replaceDraftItems(db: Db, id: string, items: readonly ItemInput[]): Promise<void> {
  await db.deleteFrom('invoice_lines').where('invoice_id', '=', id).execute();
  await sql`
    with ${givenItems(items)}, lines as (
      insert into invoice_lines (invoice_id, line_number, kind, description, quantity, unit_price, amount, taxable)
      select ${id}, line_number, kind, description, quantity, unit_price, amount, taxable from items
    )
    update invoices set amount = (select sum(amount) from items) where id = ${id}`.execute(db);
}

/** Deletes a draft, of which nothing was ever booked. The caller holds its lock. */
export async function deleteDraft(db: Db, id: string): Promise<void> {
  await db.deleteFrom('invoice_lines').where('invoice_id', '=', id).execute();
  await db.deleteFrom('invoices').where('id', '=', id).execute();
}

/** The end of a draft's id: as of the first invoice of a set, since it is issued as one (see {@link issueStatements}). */
export const firstOfSet = '000000000001';

/** Numbers a draft, adds its taxes and books it. The caller holds its lock. */
export async function issueStored(
  db: Db,
  id: string,
  context: Omit<IssueContext, 'idPrefix' | 'isStored'>,
): Promise<void> {
  const idPrefix = id.slice(0, -firstOfSet.length);
  await sql`
    with ${storedStatements(id)}, ${issueStatements({ ...context, idPrefix, isStored: true }, itemLines())}
    select id from issued`.execute(db);
}
