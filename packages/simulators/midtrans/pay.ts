import type { Choice } from './payment-types.ts';
import type { Fee, Order } from './transaction.ts';
import type { World } from './world.ts';

/** How a customer pays, and what becomes of it. */
export type Payment = Choice & {
  /** What the customer pays on top. */
  readonly fee?: Fee | undefined;
  /** For cards: what the fraud detection says; `accept` unless given. */
  readonly fraud?: 'accept' | 'challenge' | 'deny' | undefined;
  /** For cards: only authorized, to be captured later. */
  readonly authorize?: boolean | undefined;
};

/**
 * The customer pays: what was pending is settled, and what was not chosen before is pending first. A card is captured, authorized or
 * denied at once. Throws if there was another choice, or if it cannot be paid any more.
 */
export function pay(world: World, order: Order, payment: Payment | undefined): void {
  const chosen = world.find(order.id);
  if (chosen !== undefined) {
    if (payment !== undefined && payment.payment_type !== chosen.choice.payment_type)
      throw new Error(`${order.id} is to be paid by ${chosen.choice.payment_type}.`);
    if (chosen.status !== 'pending') throw new Error(`${order.id} is ${chosen.status}, and cannot be paid.`);
    world.move(chosen, 'settlement');
    return;
  }
  if (payment === undefined) throw new Error(`How ${order.id} is paid was not chosen.`);
  const { fee, fraud = 'accept', authorize = false, ...choice } = payment;
  if (choice.payment_type === 'credit_card') {
    const taken = authorize ? 'authorize' : 'capture';
    world.begin(order, choice, fraud === 'deny' ? 'deny' : taken, fee, fraud);
    return;
  }
  world.move(world.begin(order, choice, 'pending', fee, 'accept'), 'settlement');
}
