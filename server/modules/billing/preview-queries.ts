import { sql } from 'kysely';
import type { z } from 'zod';
import type { invoicePreviewSchema } from '#contract';
import type { Db, SqlPart } from '#kit/db.ts';
import { nextPeriodStatement } from '../subscriptions/index.ts';
import { withRest } from './issue-queries.ts';
import { itemLines, itemStatements, type NewInvoice } from './item-queries.ts';
import { renewalLines, renewalStatements } from './renewal-queries.ts';
import { taxedColumns, taxesOfSums, taxLines, taxStatement } from './tax-queries.ts';

export type InvoicePreview = z.input<typeof invoicePreviewSchema>;

/** What an invoice of these items would say. It is reckoned by the statements that make invoices, and nothing is locked. */
export function previewItems(db: Db, invoice: NewInvoice): Promise<InvoicePreview | undefined> {
  return preview(db, itemStatements(invoice), itemLines());
}

/** What the invoice of a subscription's next period would say; nothing if there is no such subscription. */
export function previewNextPeriod(db: Db, subscriptionId: string): Promise<InvoicePreview | undefined> {
  const sums = sql`advanced as (${nextPeriodStatement(subscriptionId)}), ${renewalStatements()}`;
  return preview(db, sums, renewalLines());
}

async function preview(
  db: Db,
  sums: SqlPart<unknown>,
  lines: SqlPart<unknown>,
): Promise<InvoicePreview | undefined> {
  const { rows } = await sql<InvoicePreview>`
    with ${sums}, ${taxStatement()},
    numbered as (
      select null::uuid as invoice_id, s.n, s.id, s.customer_id, s.package_id, s.period_start, s.period_end, s.description, s.price,
        s.package_taxable, s.lines, s.taxable, ${taxedColumns}
      from ${taxesOfSums}
    ),
    line (invoice_id, line_number, kind, description, quantity, unit_price, amount, taxable, package_id, source_id) as (${withRest(lines)}),
    taxed (invoice_id, tax_number, tax_id, name, rate, base_numerator, base_denominator, inclusive, base_amount, amount) as (${taxLines()})
    select customer_id, id as subscription_id, period_start, period_end,
      greatest(total, 0)::numeric(14,2) as amount, tax::numeric(14,2) as tax_amount,
      (select jsonb_agg(jsonb_build_object('line_number', line_number, 'kind', kind, 'description', description, 'quantity', quantity,
          'unit_price', unit_price::numeric(14,2)::text, 'amount', amount::numeric(14,2)::text, 'taxable', taxable, 'package_id', package_id)
        order by line_number) from line) as lines,
      (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'rate', rate::text, 'base_numerator', base_numerator,
          'base_denominator', base_denominator, 'inclusive', inclusive, 'base_amount', base_amount::numeric(14,2)::text,
          'amount', amount::numeric(14,2)::text) order by tax_number), '[]') from taxed) as taxes
    from numbered`.execute(db);
  return rows[0];
}
