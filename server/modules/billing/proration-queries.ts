import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { ProrationLine } from './prorate.ts';

/** Keeps the lines of a proration as charges of an invoice, or as ones that wait for the next. */
export async function insertProrations(
  db: Db,
  subscriptionId: string,
  invoiceId: string | null,
  lines: readonly ProrationLine[],
  at: string,
): Promise<void> {
  await sql`
    with l as (
      select * from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(id uuid, description text, quantity integer,
        unit_price numeric, taxable boolean, package_id uuid, prorates_invoice_id uuid, prorated_days integer)
    ), taken_over as (
      update charges set prorated_days = null, updated_at = ${at}::timestamptz
      where prorated_days is not null and subscription_id = ${subscriptionId} and prorates_invoice_id in (select prorates_invoice_id from l)
    )
    insert into charges (id, subscription_id, kind, description, quantity, unit_price, taxable, package_id, invoice_id,
      prorates_invoice_id, prorated_days, created_at, updated_at)
    select id, ${subscriptionId}::uuid, 'proration', description, quantity, unit_price, taxable, package_id, ${invoiceId}::uuid,
      prorates_invoice_id, prorated_days, ${at}::timestamptz, ${at}::timestamptz
    from l`.execute(db);
}

/**
 * What unused days of an invoice gave back, with their share of its taxes, in whole rupiah, half up. The late fee bears none of it.
 */
export async function givenBackOf(db: Db, invoiceId: string): Promise<bigint> {
  const { rows } = await sql<{ amount: string }>`
    select coalesce(round(g.unused * (i.amount - i.late_fee) / nullif(l.amount, 0), 0), 0)::text as amount
    from invoices i,
      lateral (select -sum(round(unit_price * quantity, 0)) as unused from charges where prorates_invoice_id = i.id and unit_price < 0 and cancelled_at is null) g,
      lateral (select sum(amount) as amount from invoice_lines where invoice_id = i.id) l
    where i.id = ${invoiceId}`.execute(db);
  return BigInt(rows[0]?.amount ?? '0');
}

/** Whether days of the invoice's period were credited. */
export async function isProrated(db: Db, invoiceId: string): Promise<boolean> {
  const row = await db
    .selectFrom('charges')
    .select('id')
    .where('prorates_invoice_id', '=', invoiceId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
