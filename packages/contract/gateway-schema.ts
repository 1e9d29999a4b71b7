import { z } from 'zod';
import { instant, moneyOut } from './fields.ts';

export const gatewayNames = ['midtrans', 'xendit', 'transfer'] as const;
export const orderStatuses = ['creating', 'open', 'paid', 'expired', 'cancelled', 'failed'] as const;
export const heldReasons = ['partial_chargeback', 'contradicted', 'balance_spent', 'cannot_book'] as const;

/** No gateway sends more; of what is larger the beginning is kept. */
export const largestNotification = 64 * 1024;

export const gatewayTransactionSchema = z
  .object({
    id: z.uuid(),
    transaction_id: z.string(),
    /** In the gateway's words. */
    status: z.string(),
    /** What the customer paid, fees on top included; of that, what is for the invoice; of that, what was given back. */
    gross: moneyOut,
    credited: moneyOut,
    refunded: moneyOut,
    /** What of it is the provider's, and what of it stands in the books. */
    kept: moneyOut,
    booked: moneyOut,
    method: z.string(),
    paid_at: instant.nullable(),
    /** Whether the gateway said so when it was asked; else a signed notification did. */
    confirmed: z.boolean(),
    payment_id: z.uuid().nullable(),
    /** Why a person has to look. */
    held: z.enum(heldReasons).nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'GatewayTransaction' });

export const paymentOrderSchema = z
  .object({
    id: z.uuid(),
    gateway: z.enum(gatewayNames),
    order_id: z.string(),
    invoice_id: z.uuid(),
    invoice_number: z.string().nullable(),
    customer_id: z.uuid(),
    /** What is asked; of a transfer just this sum tells whose it is. */
    amount: moneyOut,
    status: z.enum(orderStatuses),
    url: z.string().nullable(),
    expires_at: instant,
    next_check_at: instant.nullable(),
    last_error: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
    transactions: z.array(gatewayTransactionSchema),
  })
  .meta({ id: 'PaymentOrder' });
