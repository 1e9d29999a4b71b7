import type { z } from 'zod';
import type { packageSchema } from '#contract';
import type { PackageRow } from './queries.ts';

type Package = z.input<typeof packageSchema>;

export function presentPackage(row: PackageRow): Package {
  // The columns' checks allow just the contract's values.
  return {
    ...row,
    type: row.type as Package['type'],
    billing_mode: row.billing_mode as Package['billing_mode'],
  };
}
