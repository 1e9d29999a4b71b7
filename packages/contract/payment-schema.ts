import { z } from 'zod';
import { instant, line, moneyOut, note } from './fields.ts';

export const paymentMethods = [
  'cash',
  'transfer',
  'midtrans',
  'qris',
  'gopay',
  'ovo',
  'dana',
  'xendit',
  'balance',
  'other',
] as const;

/** The methods a person may enter; the others are entered by what they name. */
export const manualMethods = ['cash', 'transfer', 'qris', 'gopay', 'ovo', 'dana', 'other'] as const;

export const paymentSchema = z
  .object({
    id: z.uuid(),
    /** KW-YYYYMMDD-0001, without gaps within the organisation's local day. */
    receipt_number: z.string(),
    invoice_id: z.uuid(),
    amount: moneyOut,
    /** Of the amount, what was above the rest of the invoice and went to the customer's balance. */
    to_balance: moneyOut,
    method: z.enum(paymentMethods),
    transaction_id: z.string().nullable(),
    midtrans_transaction_id: z.string().nullable(),
    midtrans_status: z.string().nullable(),
    payment_date: instant,
    notes: z.string().nullable(),
    received_by: z.uuid().nullable(),
    reversed_at: instant.nullable(),
    reversal_reason: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Payment' });

/**
 * Whoever may send a request twice gives it a key of its own: the second answers what the first did, and moves no money. A
 * key that was used for something else is refused.
 */
export const idempotencyKey = line(100).optional();

/** What may be said of a payment that is entered by hand. */
export const paymentFields = {
  method: z.enum(manualMethods).default('cash'),
  transaction_id: line().nullable().optional(),
  /** RFC 3339; not in the future. Without it, now. */
  payment_date: z.iso.datetime({ offset: true }).optional(),
  notes: note().optional(),
};
