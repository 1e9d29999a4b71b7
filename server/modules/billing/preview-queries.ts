import { sql } from 'kysely';
import type { z } from 'zod';
import type { invoicePreviewSchema } from '#contract';
import type { Db, SqlPart } from '#kit/db.ts';
import { nextPeriodStatement } from '../subscriptions/index.ts';
import { allLines, itemStatements, type NewInvoice } from './item-queries.ts';
import { renewalStatements } from './renewal-queries.ts';
import { taxedStatements } from './tax-queries.ts';

export type InvoicePreview = z.input<typeof invoicePreviewSchema>;

/** What an invoice of these items would say. It is reckoned by the statements that make invoices, and nothing is locked. */
export function previewItems(db: Db, invoice: NewInvoice): Promise<InvoicePreview | undefined> {
  return preview(db, itemStatements(invoice));
}

/** What the invoice of a subscription's next period would say; nothing if there is no such subscription. */
export function previewNextPeriod(db: Db, subscriptionId: string): Promise<InvoicePreview | undefined> {
  return preview(db, sql`advanced as (${nextPeriodStatement(subscriptionId)}), ${renewalStatements()}`);
}

async function preview(db: Db, drafted: SqlPart<unknown>): Promise<InvoicePreview | undefined> {
  const { rows } = await sql<InvoicePreview>`
    with ${drafted}, ${taxedStatements()}, line as (${allLines})
    select customer_id, id as subscription_id, period_start, period_end,
      greatest(total, 0)::numeric(14,2) as amount, tax::numeric(14,2) as tax_amount,
      (select jsonb_agg(jsonb_build_object('line_number', line_number, 'kind', kind, 'description', description, 'quantity', quantity,
          'unit_price', unit_price::numeric(14,2)::text, 'amount', amount::numeric(14,2)::text, 'taxable', taxable, 'package_id', package_id)
        order by line_number) from line) as lines,
      (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'rate', rate::text, 'base_numerator', base_numerator,
          'base_denominator', base_denominator, 'inclusive', inclusive, 'base_amount', base_amount::numeric(14,2)::text,
          'amount', amount::numeric(14,2)::text) order by tax_number), '[]') from taxed) as taxes
    from totals`.execute(db);
  return rows[0];
}
