import type { z } from 'zod';
import type { invoiceDetailSchema, paymentFields } from '#contract';
import type { Db, SqlPart, Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';

type PaymentDetails = z.output<z.ZodObject<typeof paymentFields>>;

/** What billing needs of the modules to its right; the edition registers it. */
export interface BillingHooks {
  readonly onSubscriptionsChanged: OnSubscriptionsChanged;
  /** The payments shown with an invoice, oldest first. */
  readonly paymentsOf: (
    db: Db,
    invoiceId: string,
  ) => Promise<z.input<typeof invoiceDetailSchema>['payments']>;
  /** Pays open invoices from their customers' balances; returns how many payments that were. */
  readonly payFromBalances: (
    tx: Tx,
    use: {
      readonly idPrefix: string;
      readonly today: string;
      readonly at: string;
      readonly runId: string | null;
      /** Only the invoices of this one. */
      readonly subscriptionId?: string | undefined;
      readonly author: Author;
    },
  ) => Promise<number>;
  /** Locks the balances of customers (a relation with customer_id) and what comes after them, as paying from them does. */
  readonly holdBalances: (tx: Tx, customers: SqlPart<unknown>, today: string) => Promise<void>;
  /** Pays what it can of an invoice from its customer's balance. */
  readonly payInvoiceFromBalance: (tx: Tx, author: Author, invoiceId: string) => Promise<void>;
  /** Pays a customer's open invoices from the balance, after the transaction that made it; never fails. */
  readonly payOpenInvoices: (author: Author, customerId: string) => Promise<void>;
  /** Takes what is left to pay on an invoice. */
  readonly payRest: (author: Author, invoiceId: string, details: Partial<PaymentDetails>) => Promise<void>;
}
