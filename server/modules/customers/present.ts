import type { z } from 'zod';
import type { customerSchema } from '#contract';
import type { CustomerRow } from './queries.ts';

type Customer = z.input<typeof customerSchema>;

export function presentCustomer({ search_text: _, ...row }: CustomerRow): Customer {
  // The column's check allows just the contract's values.
  return { ...row, status: row.status as Customer['status'] };
}
