import type { SqlPart, Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { applyAmounts, resumeSettled } from '../billing/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import {
  amountsOf,
  bookBalancePayments,
  insertBalancePayments,
  lockFundsOf,
  lockPayable,
  type Payer,
  paidFromBalance,
  subscriptionsOf,
} from './balance-queries.ts';
import { lockReceipts } from './receipt-queries.ts';

export interface BalanceUse extends Payer {
  /** Of the payments' ids, from `newIdPrefix`. */
  readonly idPrefix: string;
  /** The organisation's local date. */
  readonly today: string;
  readonly at: string;
  readonly runId?: string | null;
  readonly author: Author;
}

/**
 * Pays everybody's open invoices from their balances, oldest due date first; returns how many payments it made. Set-based: it
 * is a step of the run.
 */
export async function payFromBalance(
  tx: Tx,
  onChanged: OnSubscriptionsChanged,
  use: BalanceUse,
): Promise<number> {
  const { idPrefix, at, today } = use;
  if (!(await lockPayable(tx, use))) return 0;
  const count = await insertBalancePayments(tx, use);
  if (count === 0) return 0;
  const context = { ...use, paidAt: at, message: paidFromBalance, reference: null };
  await applyAmounts(tx, amountsOf(idPrefix), context, onChanged);
  await resumeSettled(tx, subscriptionsOf(idPrefix), context, onChanged);
  await bookBalancePayments(tx, idPrefix, today, at);
  return count;
}

/**
 * Locks what paying from the balances of customers (a relation with customer_id) would lock, invoices and subscriptions apart: for a
 * rehearsal, which goes on to other locks afterwards.
 */
export async function holdBalances(tx: Tx, customers: SqlPart<unknown>, today: string): Promise<void> {
  if (await lockFundsOf(tx, customers)) await lockReceipts(tx, today);
}
