import type { z } from 'zod';
import type { paymentSchema } from '#contract';
import type { PaymentRow } from './queries.ts';

type Payment = z.input<typeof paymentSchema>;

export function presentPayment(row: PaymentRow): Payment {
  // The column's check allows just the contract's values.
  return { ...row, method: row.method as Payment['method'] };
}
