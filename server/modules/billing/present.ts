import type { z } from 'zod';
import type { billingLogSchema, chargeSchema, invoiceSchema } from '#contract';
import type { ChargeRow } from './charge-queries.ts';
import type { BillingLogRow, InvoiceRow, InvoiceWithCustomer } from './queries.ts';

type Invoice = z.input<typeof invoiceSchema>;
type Charge = z.input<typeof chargeSchema>;
type BillingLog = z.input<typeof billingLogSchema>;

export function presentInvoice(row: InvoiceRow | InvoiceWithCustomer): Invoice {
  // The column's check allows just the contract's values.
  return { ...row, status: row.status as Invoice['status'] };
}

export function presentCharge(row: ChargeRow): Charge {
  // The column's check allows just the contract's values.
  return { ...row, kind: row.kind as Charge['kind'] };
}

export function presentBillingLog(row: BillingLogRow): BillingLog {
  // Only objects are ever written into meta.
  return { ...row, meta: row.meta as BillingLog['meta'] };
}
