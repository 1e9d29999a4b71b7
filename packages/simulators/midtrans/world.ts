import { randomUUID } from 'node:crypto';
import type { SimulatorTime } from '../time.ts';
import { type Choice, minutesToPay } from './payment-types.ts';
import { beginnings, moves, type Status } from './statuses.ts';
import { type Fee, isChallenged, type Order, refunded, type Transaction } from './transaction.ts';

const millisecondsOfDay = 86_400_000;

/** The orders and transactions of an account. Whoever changes a status is heard: `tell` is called after each. */
export class World {
  readonly time: SimulatorTime;
  readonly orders = new Map<string, Order>();
  readonly byToken = new Map<string, Order>();
  readonly #byId = new Map<string, Transaction>();
  readonly #pending = new Set<Transaction>();
  readonly #unconfirmed = new Set<Transaction>();
  readonly #tell: (transaction: Transaction) => void;
  #refunds = 0;

  constructor(time: SimulatorTime, tell: (transaction: Transaction) => void) {
    this.time = time;
    this.#tell = tell;
  }

  /** Whether it was not there yet: an id is used once (docs.midtrans.com/reference/backend-integration). */
  addOrder(order: Order): boolean {
    if (this.orders.has(order.id)) return false;
    this.orders.set(order.id, order);
    this.byToken.set(order.token, order);
    return true;
  }

  /** The transaction with this order's id or its own; undefined before the customer chose how to pay. */
  find(id: string): Transaction | undefined {
    const transaction = this.orders.get(id)?.transaction ?? this.#byId.get(id);
    if (transaction !== undefined) this.#expireIfDue(transaction);
    return transaction;
  }

  /** The customer chose how to pay. Throws if there was a choice already, or the status is no beginning. */
  begin(
    order: Order,
    choice: Choice,
    status: Status,
    fee: Fee | undefined,
    fraud: Transaction['fraud'],
  ): Transaction {
    if (order.transaction !== undefined) throw new Error(`${order.id} has a transaction already.`);
    if (!beginnings.includes(status)) throw new Error(`No transaction begins as ${status}.`);
    const at = this.time.milliseconds;
    const transaction: Transaction = {
      order,
      id: randomUUID(),
      serial: this.#byId.size + 1,
      choice,
      amount: order.amount + (fee?.amount ?? 0),
      fee,
      at,
      expiresAt: at + (order.expiresAfter ?? minutesToPay[choice.payment_type] * 60_000),
      refunds: [],
      history: [status],
      status,
      fraud,
      settledAt: undefined,
    };
    order.transaction = transaction;
    this.#byId.set(transaction.id, transaction);
    if (status === 'pending') this.#pending.add(transaction);
    this.#tell(transaction);
    return transaction;
  }

  /** A challenged capture waits for a decision: it is denied or accepted first. */
  mayMove(transaction: Transaction, to: Status): boolean {
    const challenged = isChallenged(transaction);
    if (transaction.status === 'capture' && to === (challenged ? 'settlement' : 'deny')) return false;
    return moves[transaction.status].includes(to);
  }

  /** Ends a challenge: the capture is paid, or denied. Throws if there is none. */
  decide(transaction: Transaction, decision: 'accept' | 'deny'): void {
    if (!isChallenged(transaction)) throw new Error(`${transaction.order.id} is not challenged.`);
    if (decision === 'deny') this.move(transaction, 'deny', 'deny');
    else {
      transaction.fraud = 'accept';
      this.#tell(transaction);
    }
  }

  /** Throws where Midtrans does not go. */
  move(transaction: Transaction, to: Status, fraud = transaction.fraud): void {
    this.#judge(transaction, to);
    transaction.status = to;
    transaction.fraud = fraud;
    transaction.history.push(to);
    this.#pending.delete(transaction);
    if (to === 'settlement') transaction.settledAt = this.time.milliseconds;
    this.#tell(transaction);
  }

  /** Gives back so much of a settled transaction; the bank confirms it a day later. */
  refund(transaction: Transaction, amount: number, key: string, reason: string): void {
    this.#refunds += 1;
    const number = this.#refunds;
    const at = this.time.milliseconds;
    const to = refunded(transaction) + amount === transaction.amount ? 'refund' : 'partial_refund';
    this.#judge(transaction, to);
    transaction.refunds.push({ number, amount, key, reason, at, confirmedAt: undefined });
    this.#unconfirmed.add(transaction);
    this.move(transaction, to);
  }

  /** Lets happen what is due by the clock: orders expire, and banks confirm refunds, which is told again. */
  tick(): void {
    for (const transaction of [...this.#pending]) this.#expireIfDue(transaction);
    const now = this.time.milliseconds;
    for (const transaction of [...this.#unconfirmed]) {
      const due = transaction.refunds.filter(
        ({ at, confirmedAt }) => confirmedAt === undefined && at + millisecondsOfDay <= now,
      );
      for (const refund of due) refund.confirmedAt = now;
      if (due.length > 0) this.#tell(transaction);
      if (transaction.refunds.every(({ confirmedAt }) => confirmedAt !== undefined))
        this.#unconfirmed.delete(transaction);
    }
  }

  #judge(transaction: Transaction, to: Status): void {
    if (!this.mayMove(transaction, to))
      throw new Error(`${transaction.order.id} cannot go from ${transaction.status} to ${to}.`);
  }

  #expireIfDue(transaction: Transaction): void {
    if (transaction.status === 'pending' && transaction.expiresAt <= this.time.milliseconds)
      this.move(transaction, 'expire');
  }
}
