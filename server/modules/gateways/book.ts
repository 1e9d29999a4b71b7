import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { payOpenInvoices, returnGatewayMoney, reversePayment, takeGatewayMoney } from '../payments/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { tellHeld } from './held-queries.ts';
import type { TransactionRow } from './order-queries.ts';
import { hold, noteBooked, type ToBook, takeOverbooked, takeUnbooked } from './transaction-queries.ts';

/** Taken in one transaction: a person who takes money meanwhile waits for no more than that. */
const batch = 250;
const author = systemAuthor('gateways');

/**
 * Brings the books in line with what gateways said: what came is taken, what went back is reversed. Done twice, or by two at once, or
 * killed anywhere, it ends the same: a transaction and its payment are written together.
 */
export async function bookTransactions(kit: Kit, onChanged: OnSubscriptionsChanged): Promise<void> {
  for (;;) {
    if ((await takeMoney(kit, onChanged, batch)) === 0) break;
  }
  await returnMoney(kit, onChanged);
  await tellHeld(kit.db, instantText(kit.clock.now()));
}

/** Returns how many it took. Where one of many cannot be booked, each is tried alone, so that only that one stays behind. */
async function takeMoney(kit: Kit, onChanged: OnSubscriptionsChanged, limit: number): Promise<number> {
  let taking: readonly ToBook[] = [];
  try {
    const { count, customers } = await inTransaction(kit.db, async (tx) => {
      taking = await takeUnbooked(tx, limit);
      // Two of one invoice come one after the other: the second finds it paid.
      const first = [...new Map(taking.toReversed().map((each) => [each.invoice_id, each])).values()];
      if (first.length === 0) return { count: 0, customers: [] };
      const now = kit.clock.now();
      const money = first.map((each) => ({
        invoice_id: each.invoice_id,
        amount: each.kept,
        method: each.method,
        paid_at: notLater(each.paid_at, now),
        transaction_id: each.transaction_id,
        midtrans_transaction_id: each.gateway === 'midtrans' ? each.transaction_id : null,
        midtrans_status: each.gateway === 'midtrans' ? each.status : null,
      }));
      const taken = await takeGatewayMoney(kit, tx, onChanged, author, money);
      const booked = first.map(({ id, transaction_id: key }) => ({
        id,
        payment: taken.payments.get(key) ?? null,
      }));
      await noteBooked(tx, booked, instantText(now));
      return { count: first.length, customers: taken.customers };
    });
    for (const customer of new Set(customers)) await payOpenInvoices(kit, onChanged, author, customer);
    return count;
  } catch (error) {
    if (taking.length === 0 || passes(error)) throw error;
    if (limit > 1) return takeMoney(kit, onChanged, 1);
    await giveUp(kit, taking[0]?.id ?? '', error);
    return 1;
  }
}

/** A gateway's clock may be ahead of ours, or mean another time zone. */
function notLater(paidAt: string | null, now: Temporal.Instant): string {
  const given = paidAt === null ? now : Temporal.Instant.from(paidAt);
  const isPast = Temporal.Instant.compare(given, now) <= 0 && given.epochMilliseconds > Date.UTC(2000);
  return instantText(isPast ? given : now);
}

/** One by one: money goes back rarely, and each may have to undo what the balance paid since. One that cannot be booked stays behind. */
async function returnMoney(kit: Kit, onChanged: OnSubscriptionsChanged): Promise<void> {
  let taking: string | undefined;
  for (;;) {
    try {
      const done = await inTransaction(kit.db, async (tx) => {
        const found = await takeOverbooked(tx);
        taking = found?.id;
        return found === undefined ? undefined : returnOne(kit, tx, onChanged, found);
      });
      if (done === undefined) return;
      // Its invoice is open again by that, and the balance whole.
      if (done.spentBy !== undefined)
        await reversePayment(kit, author, done.spentBy, 'what paid for it went back');
      for (const customer of done.customers) await payOpenInvoices(kit, onChanged, author, customer);
    } catch (error) {
      if (taking === undefined || passes(error)) throw error;
      await giveUp(kit, taking, error);
    }
  }
}

async function returnOne(kit: Kit, tx: Tx, onChanged: OnSubscriptionsChanged, found: TransactionRow) {
  const at = instantText(kit.clock.now());
  const returned = await returnGatewayMoney(kit, tx, onChanged, author, {
    paymentId: found.payment_id ?? '',
    kept: found.kept,
    reason: `${found.gateway}: ${found.status}`,
  });
  if ('spentBy' in returned) {
    if (returned.spentBy === undefined) await hold(tx, found.id, 'balance_spent', at);
    return { spentBy: returned.spentBy, customers: [] };
  }
  await noteBooked(tx, [{ id: found.id, payment: returned.payment ?? null }], at);
  return { spentBy: undefined, customers: returned.customers };
}

/** Whether trying again may help, as after a lost connection. */
const passes = (error: unknown) => violatedConstraint(error) === undefined && !(error instanceof AppError);

async function giveUp(kit: Kit, id: string, err: unknown): Promise<void> {
  kit.log.error({ err, transaction: id }, 'a payment could not be booked; a person has to look');
  await hold(kit.db, id, 'cannot_book', instantText(kit.clock.now()));
}
