import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { applyAmounts, resumeSettled } from '../billing/index.ts';
import { organisationToday } from '../organisation/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import {
  allot,
  appliedAmounts,
  type GatewayMoney,
  insertGatewayPayments,
  lockForPayment,
  lockFundsFor,
  ofGiven,
  paidThroughGateway,
  subscriptionsOn,
} from './gateway-queries.ts';

export interface Taken {
  /** The payments, by transaction. */
  readonly payments: ReadonlyMap<string, string>;
  /** Customers whose balance it made larger. */
  readonly customers: readonly string[];
}

/**
 * Takes what gateways have for invoices, one of each invoice, in a few statements for all. What an invoice does not take, because it
 * is paid by now, or cancelled, goes to its customer's balance: nobody's money is refused (architecture, invariant 5).
 */
export async function takeGatewayMoney(
  kit: Kit,
  tx: Tx,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  money: readonly GatewayMoney[],
): Promise<Taken> {
  const at = instantText(kit.clock.now());
  await lockForPayment(
    tx,
    money.map(({ invoice_id: id }) => id),
  );
  const allotted = await allot(tx, money);
  const customers = allotted.flatMap(({ customer_id: id, surplus }) => (Number(surplus) > 0 ? [id] : []));
  if (customers.length > 0) await lockFundsFor(tx, customers, at);
  const today = await organisationToday(kit, tx);
  const context = {
    at,
    today,
    author,
    paidAt: ofGiven.paidAt,
    message: paidThroughGateway,
    reference: ofGiven.reference,
  };
  await applyAmounts(tx, appliedAmounts(allotted), context, onChanged);
  await resumeSettled(tx, subscriptionsOn(allotted), context, onChanged);
  // Last, since all payments of a day take turns on the receipt's number until they are committed.
  const use = { idPrefix: newIdPrefix(kit.clock), today, at };
  return { payments: await insertGatewayPayments(tx, allotted, use), customers };
}
