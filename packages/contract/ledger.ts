import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, instant, moneyOut } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';

export const accounts = [
  'receivable',
  'revenue',
  'late_fees',
  'tax',
  'cash',
  'bank',
  'gateway',
  'customer_balance',
  'deposit',
  /** What was there before Nadi, wherever it lies. */
  'opening',
] as const;

export const ledgerEntrySchema = z
  .object({
    id: z.string(),
    /** The organisation's local date. */
    booked_on: z.string(),
    debit: z.enum(accounts),
    credit: z.enum(accounts),
    amount: moneyOut,
    kind: z.string(),
    customer_id: z.uuid().nullable(),
    invoice_id: z.uuid().nullable(),
    /** The payment, or the movement of the customer's funds. */
    payment_id: z.uuid().nullable(),
    package_id: z.uuid().nullable(),
    created_at: instant,
  })
  .meta({ id: 'LedgerEntry' });

export const trialBalanceSchema = z.object({
  date: z.string(),
  accounts: z.array(
    z.object({ account: z.enum(accounts), debit: moneyOut, credit: moneyOut, balance: moneyOut }),
  ),
  debit: moneyOut,
  credit: moneyOut,
});

export const closingSchema = z.object({ closed_until: z.string().nullable(), closed_at: instant.nullable() });

export const ledger = {
  listLedgerEntries: endpoint({
    method: 'GET',
    path: '/api/ledger/entries',
    tag: 'Ledger',
    summary:
      'Entries of the ledger, newest first; each moves an amount from the credited to the debited account',
    permission: 'ledger:read',
    query: z.strictObject({
      ...pageQuery,
      account: z.enum(accounts).optional(),
      customer_id: id.optional(),
      invoice_id: id.optional(),
      from: date.optional(),
      to: date.optional(),
    }),
    status: 200,
    response: pageOf(ledgerEntrySchema),
    errors: [],
  }),
  showTrialBalance: endpoint({
    method: 'GET',
    path: '/api/ledger/trial-balance',
    tag: 'Ledger',
    summary: 'What every account holds at the end of a local date; today without one',
    permission: 'ledger:read',
    query: z.strictObject({ date: date.optional() }),
    status: 200,
    response: trialBalanceSchema,
    errors: [],
  }),
  showClosing: endpoint({
    method: 'GET',
    path: '/api/ledger/closing',
    tag: 'Ledger',
    summary: 'The last day whose books are closed',
    permission: 'ledger:read',
    status: 200,
    response: closingSchema,
    errors: [],
  }),
  closeBooks: endpoint({
    method: 'POST',
    path: '/api/ledger/closing',
    tag: 'Ledger',
    summary: 'Close the books up to and including a past day: nothing can be booked on it or before any more',
    permission: 'ledger:close',
    body: z.strictObject({ closed_until: date }),
    status: 200,
    response: closingSchema,
    errors: [],
  }),
};
