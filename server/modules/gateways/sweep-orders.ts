import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { type Asked, askOrders, noteTold } from './ask-orders.ts';
import { bookTransactions } from './book.ts';
import { type Gateway, GatewayError, ranks } from './gateway.ts';
import { needless, type OrderRow, takeDueOrders } from './order-queries.ts';
import { type Plan, planOrders } from './plan-queries.ts';
import type { Gateways } from './process-inbox.ts';

const batch = 100;
const hour = 3600;
const day = 24 * hour;

/**
 * Asks about orders that are due: it finds what no notification told (architecture, invariant 5). Open ones are asked about soon and then
 * hourly until they can no longer be paid, and once more the day after; what was paid, now and then for three months, since money can go back.
 */
export async function sweepOrders(
  kit: Kit,
  gateways: Gateways,
  onChanged: OnSubscriptionsChanged,
  signal?: AbortSignal,
): Promise<void> {
  while (signal?.aborted !== true) {
    const due = await takeDueOrders(kit.db, instantText(kit.clock.now()), batch);
    if (due.length === 0) return;
    const unneeded = await needless(
      kit.db,
      due.map(({ id }) => id),
    );
    for (const [name, orders] of Map.groupBy(due, ({ gateway }) => gateway)) {
      const gateway = gateways.get(name);
      await sweep(kit, gateway, orders, unneeded);
    }
    await bookTransactions(kit, onChanged);
  }
}

/** Where one of many cannot be worked on, each is tried alone, so that only that one waits. */
async function sweep(
  kit: Kit,
  gateway: Gateway | undefined,
  orders: readonly OrderRow[],
  unneeded: ReadonlySet<string>,
): Promise<void> {
  try {
    await sweepTogether(kit, gateway, orders, unneeded);
  } catch (error) {
    if (orders.length > 1) {
      for (const order of orders) await sweep(kit, gateway, [order], unneeded);
      return;
    }
    kit.log.error({ err: error, order: orders[0]?.order_id }, 'an order could not be looked at');
  }
}

async function sweepTogether(
  kit: Kit,
  gateway: Gateway | undefined,
  orders: readonly OrderRow[],
  unneeded: ReadonlySet<string>,
): Promise<void> {
  // A transfer has nobody to be asked; neither has a gateway that was switched off.
  const asked: readonly Asked[] =
    gateway === undefined
      ? orders.map((order) => ({
          order,
          error: new GatewayError('unclear', `${order.gateway} is not set up`),
        }))
      : await askOrders(kit, gateway, orders);
  if (gateway !== undefined)
    await expireUnneeded(
      kit,
      gateway,
      asked.filter(({ order }) => unneeded.has(order.id)),
    );
  await inTransaction(kit.db, async (tx) => {
    const now = kit.clock.now();
    const told = asked.flatMap((each) =>
      'answered' in each && each.answered.state !== undefined
        ? [{ order: each.order, state: each.answered.state, confirmed: true, at: each.askedAt }]
        : [],
    );
    await noteTold(tx, told, instantText(now));
    await planOrders(
      tx,
      asked.map((each) => planOf(each, now)),
      instantText(now),
    );
  });
}

/**
 * Nobody should pay an invoice twice. Whoever pays it at this very moment has paid: an order is ended only while no money is on its way,
 * and what comes then is a balance. Where it cannot be ended, it runs out by itself.
 */
async function expireUnneeded(kit: Kit, gateway: Gateway, asked: readonly Asked[]): Promise<void> {
  for (const each of asked) {
    if (!('answered' in each) || each.answered.isOver) continue;
    try {
      await gateway.expire(each.order);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      kit.log.info(
        { order: each.order.order_id, reason: error.message },
        'an order that nobody needs stays open',
      );
      // One that does not answer would keep the sweep for ten seconds each.
      if (error.kind === 'unclear') return;
    }
  }
}

const afterPaying = [day, 3 * day, 7 * day, 30 * day, 90 * day];
/** After this one that was not paid is given up. */
const longest = 100 * day;
const whileOpen = [120, 300, 900, 1800];

/** When to ask next, and what became of it by its own clock. */
function planOf(asked: Asked, now: Temporal.Instant): Plan {
  const { order } = asked;
  const checks = order.checks + 1;
  const in_ = (seconds: number) => instantText(now.add({ seconds: Math.round(seconds) }));
  const expiresAt = Temporal.Instant.from(order.expires_at);
  const isPast = Temporal.Instant.compare(now, expiresAt) > 0;
  const plan = { id: order.id, checks, status: null, error: null };
  if (order.gateway === 'transfer')
    return isPast
      ? { ...plan, status: 'expired', next_check_at: null }
      : { ...plan, next_check_at: instantText(expiresAt.add({ seconds: 1 })) };
  const age = now.since(Temporal.Instant.from(order.created_at)).total('seconds');
  if (!('answered' in asked)) {
    const error = asked.error.message;
    const isLong = age > longest;
    if (isLong && order.status !== 'paid') return { ...plan, error, status: 'expired', next_check_at: null };
    // Ever more rarely, the longer it goes on.
    const next = isLong ? day : Math.min(hour, Math.max(60, age / 10));
    return { ...plan, checks: order.checks, error, next_check_at: in_(next) };
  }
  const { state, isOver } = asked.answered;
  if (state !== undefined && state.rank >= ranks.captured) {
    const next = afterPaying.find((seconds) => seconds > age);
    return {
      ...plan,
      next_check_at:
        next === undefined
          ? null
          : instantText(Temporal.Instant.from(order.created_at).add({ seconds: next })),
    };
  }
  const isLong = Temporal.Instant.compare(now, expiresAt.add({ hours: 24 })) >= 0;
  if (isOver || isPast) {
    if (isLong) return { ...plan, status: isOver ? null : 'expired', next_check_at: null };
    return {
      ...plan,
      status: isOver ? null : 'expired',
      next_check_at: instantText(expiresAt.add({ hours: 24 })),
    };
  }
  const next = whileOpen[order.checks] ?? hour;
  const atEnd = now.until(expiresAt).total('seconds') + 60;
  return { ...plan, next_check_at: in_(Math.min(next, atEnd)) };
}
