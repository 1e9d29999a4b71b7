import type { Choice } from './payment-types.ts';
import type { Status } from './statuses.ts';

/** What was asked of Snap: there is no transaction before the customer chose how to pay. */
export interface Order {
  readonly id: string;
  readonly token: string;
  /** In rupiah. */
  readonly amount: number;
  /** Where its notifications go besides or instead of the account's address. */
  readonly append: readonly string[];
  readonly override: readonly string[];
  /** Milliseconds to pay in; as the way to pay has it unless given. */
  readonly expiresAfter: number | undefined;
  /** Sent back as they came. */
  readonly customFields: Readonly<Record<string, string>>;
  transaction: Transaction | undefined;
}

/** What the customer pays on top, and where Midtrans tells what was asked. */
export interface Fee {
  readonly amount: number;
  /**
   * docs.midtrans.com/docs/snap-advanced-feature has it in `extra_info`; merchants report it in `metadata.extra_info`. Nowhere: it is
   * told only by the amount.
   */
  readonly told?: 'metadata' | 'extra_info' | 'nowhere' | undefined;
}

export interface Refund {
  readonly number: number;
  readonly amount: number;
  readonly key: string;
  readonly reason: string;
  readonly at: number;
  /** A day later (docs.midtrans.com/reference/refund-transaction). */
  confirmedAt: number | undefined;
}

/** Times are milliseconds since 1970, amounts are rupiah. */
export interface Transaction {
  readonly order: Order;
  readonly id: string;
  readonly serial: number;
  readonly choice: Choice;
  /** With the fee. */
  readonly amount: number;
  readonly fee: Fee | undefined;
  readonly at: number;
  readonly expiresAt: number;
  readonly refunds: Refund[];
  /** Every status it had, in order. */
  readonly history: Status[];
  status: Status;
  fraud: 'accept' | 'challenge' | 'deny';
  settledAt: number | undefined;
}

export const refunded = ({ refunds }: Transaction): number =>
  refunds.reduce((sum, { amount }) => sum + amount, 0);

/** Taken by the card's bank, and waiting for somebody to approve or deny it. */
export const isChallenged = ({ status, fraud }: Transaction): boolean =>
  status === 'capture' && fraud === 'challenge';
