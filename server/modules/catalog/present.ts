import type { z } from 'zod';
import type { packageSchema } from '#contract';
import type { PackageRow } from './queries.ts';

type Package = z.input<typeof packageSchema>;

export function presentPackage(row: PackageRow): Package {
  // The column's check allows just the contract's values.
  return { ...row, type: row.type as Package['type'] };
}
