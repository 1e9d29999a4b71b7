import { sql } from 'kysely';
import type { z } from 'zod';
import type { invoicePreviewSchema } from '#contract';
import type { Db, SqlPart } from '#kit/db.ts';
import { nextJointPeriodsStatement, nextPeriodStatement } from '../subscriptions/index.ts';
import { withRest } from './issue-queries.ts';
import { itemLines, itemStatements, type NewInvoice } from './item-queries.ts';
import { billedStatement, jointLines, jointStatements } from './joint-statements-queries.ts';
import { renewalLines, renewalStatements } from './renewal-queries.ts';
import { taxedColumns, taxesOfSums, taxLines, taxStatement } from './tax-queries.ts';

export type InvoicePreview = z.input<typeof invoicePreviewSchema>;

/** What an invoice of these items would say. It is reckoned by the statements that make invoices, and nothing is locked. */
export function previewItems(db: Db, invoice: NewInvoice): Promise<InvoicePreview | undefined> {
  return preview(db, itemStatements(invoice), itemLines());
}

/** What an invoice of a subscription's next period alone would say; nothing if there is no such subscription. */
export function previewNextPeriod(db: Db, subscriptionId: string): Promise<InvoicePreview | undefined> {
  const sums = sql`advanced as (${nextPeriodStatement(subscriptionId)}), ${renewalStatements()}`;
  return preview(db, sums, renewalLines());
}

/** What the invoice would say that has the subscription's next period and those of others; nothing where it would have no others. */
export function previewNextJoint(
  db: Db,
  subscriptionId: string,
  { horizon, at }: { readonly horizon: string; readonly at: string },
): Promise<InvoicePreview | undefined> {
  const sums = sql`advanced as (${nextJointPeriodsStatement(subscriptionId, horizon)}), ${jointStatements()}`;
  const ours = sql`where n = (select n from part where id = ${subscriptionId})`;
  return preview(db, sums, jointLines(), { billed: billedStatement(at), ours });
}

const noParts = { billed: sql`billed as (select)`, parts: sql`'[]'::jsonb`, ours: sql`` };
const allParts = sql`
  (select jsonb_agg(jsonb_build_object('subscription_id', b.id, 'mikrotik_username', s.mikrotik_username, 'package_id', b.package_id,
      'package_name', b.name, 'period_start', b.period_start, 'period_end', b.period_end, 'amount', b.total::numeric(14,2)::text)
    order by b.place) from billed b join subscriptions s on s.id = b.id where b.n = numbered.n)`;

async function preview(
  db: Db,
  sums: SqlPart<unknown>,
  lines: SqlPart<unknown>,
  joint?: { readonly billed: SqlPart<unknown>; readonly ours: SqlPart<unknown> },
): Promise<InvoicePreview | undefined> {
  const { billed, ours, parts } = joint ? { ...joint, parts: allParts } : noParts;
  const { rows } = await sql<InvoicePreview>`
    with ${sums}, ${taxStatement()},
    numbered as (
      select lpad(to_hex(s.n), 32, '0')::uuid as invoice_id, s.n, s.id, s.customer_id, s.package_id, s.period_start, s.period_end, s.description, s.price,
        s.package_taxable, s.lines, s.taxable, ${taxedColumns}
      from ${taxesOfSums}
    ), ${billed},
    line (invoice_id, line_number, kind, description, quantity, unit_price, amount, taxable, package_id, source_id, subscription_id) as (${withRest(lines)}),
    taxed (invoice_id, tax_number, tax_id, name, rate, base_numerator, base_denominator, inclusive, base_amount, amount) as (${taxLines()})
    select customer_id, id as subscription_id, case when id is not null then period_start end as period_start,
      case when id is not null then period_end end as period_end,
      greatest(total, 0)::numeric(14,2) as amount, tax::numeric(14,2) as tax_amount,
      (select jsonb_agg(jsonb_build_object('line_number', line_number, 'kind', kind, 'description', description, 'quantity', quantity,
          'unit_price', unit_price::numeric(14,2)::text, 'amount', amount::numeric(14,2)::text, 'taxable', taxable, 'package_id', package_id, 'subscription_id', subscription_id)
        order by line_number) from line where line.invoice_id = numbered.invoice_id) as lines,
      ${parts} as parts,
      (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'rate', rate::text, 'base_numerator', base_numerator,
          'base_denominator', base_denominator, 'inclusive', inclusive, 'base_amount', base_amount::numeric(14,2)::text,
          'amount', amount::numeric(14,2)::text) order by tax_number), '[]') from taxed where taxed.invoice_id = numbered.invoice_id) as taxes
    from numbered ${ours}`.execute(db);
  return rows[0];
}
