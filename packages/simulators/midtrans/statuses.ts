export type Status =
  | 'pending'
  | 'authorize'
  | 'capture'
  | 'settlement'
  | 'deny'
  | 'cancel'
  | 'expire'
  | 'refund'
  | 'partial_refund'
  | 'chargeback'
  | 'partial_chargeback';

/**
 * Where a transaction may go from each status (docs.midtrans.com/docs/transaction-status-cycle). A capture is denied only while its
 * fraud status is `challenge` (docs.midtrans.com/reference/deny-transaction).
 */
export const moves: Readonly<Record<Status, readonly Status[]>> = {
  pending: ['settlement', 'expire', 'cancel', 'deny'],
  authorize: ['capture', 'cancel'],
  capture: ['settlement', 'cancel', 'deny'],
  settlement: ['refund', 'partial_refund', 'chargeback', 'partial_chargeback'],
  partial_refund: ['refund', 'partial_refund'],
  partial_chargeback: ['chargeback', 'partial_chargeback'],
  deny: [],
  cancel: [],
  expire: [],
  refund: [],
  chargeback: [],
};

/** What a transaction can start as: a card is never pending here. */
export const beginnings: readonly Status[] = ['pending', 'authorize', 'capture', 'deny'];
