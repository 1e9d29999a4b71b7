import type { Answer, Call } from '../payments/call.ts';
import { chosenIn, paymentPage } from '../payments/page.ts';
import { pay } from './pay.ts';
import { type Choice, minutesToPay } from './payment-types.ts';
import type { Order, Transaction } from './transaction.ts';
import type { World } from './world.ts';

const methods = Object.keys(minutesToPay);

/** Where redirect_url leads: a page on which the customer pays with one press. */
export function answerPage(world: World, call: Call): Answer {
  const [, token = ''] = /^\/snap\/v\d\/redirection\/([\w-]+)$/.exec(call.path) ?? [];
  const order = world.byToken.get(token);
  if (order === undefined) return { status: 404, body: { error_messages: ['Not found'] } };
  const transaction = world.find(order.id);
  const payable = transaction === undefined || transaction.status === 'pending';
  if (call.method === 'POST' && payable) press(world, order, chosenIn(call.text));
  const now = world.find(order.id);
  return paymentPage({
    gateway: 'Midtrans (simulated)',
    order: order.id,
    amount: now?.amount ?? order.amount,
    state: now?.status ?? 'waiting',
    methods: open(now),
  });
}

const open = (transaction: Transaction | undefined): readonly string[] => {
  if (transaction === undefined) return methods;
  return transaction.status === 'pending' ? [transaction.choice.payment_type] : [];
};

function press(world: World, order: Order, method: string): void {
  const chosen = world.find(order.id)?.choice.payment_type ?? method;
  // Each of the methods is a choice by itself; another press is passed over.
  if (methods.includes(method) && chosen === method) pay(world, order, { payment_type: method } as Choice);
}
