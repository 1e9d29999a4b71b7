import { instantText } from '#kit/clock.ts';
import { type Db, inTransaction } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { type Answered, type Gateway, GatewayError, type MoneyState } from './gateway.ts';
import { logMidtrans } from './log-queries.ts';
import type { OrderRow } from './order-queries.ts';
import { type NewState, noteStates, settleOrders } from './transaction-queries.ts';

/** Asked at once: few, so that those who are answered meanwhile wait little, and more of a gateway that takes its time. */
const atOnce = 6;
const mostAtOnce = 32;
const slowMs = 150;
/** How many in a row may fail before the rest is left for later: a gateway that is down holds nobody up. */
const mostFailures = 3;

export type Asked =
  | { readonly order: OrderRow; readonly askedAt: string; readonly answered: Answered }
  | { readonly order: OrderRow; readonly error: GatewayError };

/** Asks a gateway what became of orders, many at once. Nothing is written. */
export async function askOrders(
  kit: Kit,
  gateway: Gateway,
  orders: readonly OrderRow[],
): Promise<readonly Asked[]> {
  const results: Asked[] = [];
  const queue = orders.values();
  let failures = 0;
  const fault: { error?: unknown } = {};
  const workers: Promise<void>[] = [];
  const start = () => workers.push(work());
  const ask = async (order: OrderRow): Promise<Asked> => {
    if (failures >= mostFailures) {
      const error = new GatewayError('unclear', `${gateway.name} does not answer; it is asked later`);
      return { order, error };
    }
    const asked = kit.clock.now();
    try {
      const answered = await gateway.status(order);
      failures = 0;
      const isSlow = asked.until(kit.clock.now()).total('milliseconds') > slowMs;
      if (isSlow && workers.length < Math.min(mostAtOnce, orders.length)) start();
      return { order, askedAt: instantText(asked), answered };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      failures += 1;
      return { order, error };
    }
  };
  const work = async (): Promise<void> => {
    try {
      for (const order of queue) results.push(await ask(order));
    } catch (error) {
      fault.error = error;
    }
  };
  while (workers.length < Math.min(atOnce, orders.length)) start();
  // More may be started while these are waited for.
  for (const worker of workers) await worker;
  if ('error' in fault) throw fault.error;
  return results;
}

/** A state of an order's money, and who said so. */
export interface Told {
  readonly order: OrderRow;
  readonly state: MoneyState;
  readonly confirmed: boolean;
  readonly at: string;
}

/** Notes what was told of orders, and brings them in line with it. */
export async function noteTold(db: Db, told: readonly Told[], at: string): Promise<void> {
  // Once each, what the gateway itself said before what was only notified, and then the farthest.
  const best = new Map<string, Told>();
  for (const each of told) {
    const key = `${each.order.gateway} ${each.state.transactionId}`;
    const known = best.get(key);
    if (known === undefined || isBetter(each, known)) best.set(key, each);
  }
  const states = [...best.values()]
    .map(newState)
    .toSorted((one, other) => (one.transaction_id < other.transaction_id ? -1 : 1));
  await noteStates(db, states, at);
  await settleOrders(
    db,
    states.map(({ payment_order_id: id }) => id),
    at,
  );
}

function isBetter(one: Told, other: Told): boolean {
  if (one.confirmed !== other.confirmed) return one.confirmed;
  return one.state.rank > other.state.rank;
}

function newState({ order, state, confirmed, at }: Told): NewState {
  return {
    payment_order_id: order.id,
    gateway: order.gateway,
    transaction_id: state.transactionId,
    status: state.status,
    rank: state.rank,
    gross: state.gross,
    credited: state.credited,
    refunded: state.refunded,
    kept: state.kept,
    method: state.method,
    paid_at: state.paidAt,
    confirmed,
    asked_at: at,
    held: state.isPartUnknown ? 'partial_chargeback' : null,
  };
}

/**
 * Asks the gateway about one order now and notes what it says; the caller books.
 * @throws {GatewayError}
 */
export async function askOrder(kit: Kit, gateway: Gateway, order: OrderRow): Promise<Answered> {
  const askedAt = instantText(kit.clock.now());
  const answered = await gateway.status(order);
  await inTransaction(kit.db, async (tx) => {
    const at = instantText(kit.clock.now());
    if (answered.state !== undefined)
      await noteTold(tx, [{ order, state: answered.state, confirmed: true, at: askedAt }], at);
    if (gateway.name === 'midtrans') await logMidtrans(tx, [statusLog(order, answered)], at);
  });
  return answered;
}

const statusLog = (order: OrderRow, { state, answer }: Answered) => ({
  invoice_id: order.invoice_id,
  order_id: order.order_id,
  transaction_id: state?.transactionId ?? null,
  event: 'status_check' as const,
  status: state?.status ?? null,
  response: answer,
});
