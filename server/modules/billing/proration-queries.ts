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
