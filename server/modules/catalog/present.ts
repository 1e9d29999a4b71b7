import type { z } from 'zod';
import type { packageSchema, taxSchema } from '#contract';
import type { PackageRow } from './queries.ts';
import type { TaxRow } from './tax-queries.ts';

type Package = z.input<typeof packageSchema>;
type Tax = z.input<typeof taxSchema>;

export function presentPackage({ rate_limit: _, ...row }: PackageRow): Package {
  // The columns' checks allow just the contract's values.
  return {
    ...row,
    type: row.type as Package['type'],
    billing_mode: row.billing_mode as Package['billing_mode'],
  };
}

export function presentTax(row: TaxRow): Tax {
  // The column's check allows just the contract's values.
  return { ...row, kind: row.kind as Tax['kind'] };
}
