import type { z } from 'zod';
import type { billingLogSchema, invoiceSchema } from '#contract';
import type { BillingLogRow, InvoiceRow, InvoiceWithCustomer } from './queries.ts';

type Invoice = z.input<typeof invoiceSchema>;
type BillingLog = z.input<typeof billingLogSchema>;

export function presentInvoice(row: InvoiceRow | InvoiceWithCustomer): Invoice {
  // The column's check allows just the contract's values.
  return { ...row, status: row.status as Invoice['status'] };
}

export function presentBillingLog(row: BillingLogRow): BillingLog {
  // Only objects are ever written into meta.
  return { ...row, meta: row.meta as BillingLog['meta'] };
}
