import type { Answer } from './call.ts';

/** What the page of a gateway shows a customer. */
export interface PaymentPage {
  readonly gateway: string;
  readonly order: string;
  readonly amount: number;
  readonly state: string;
  /** What can be chosen; nothing once it cannot be paid. */
  readonly methods: readonly string[];
}

/** A page on which somebody can play the customer: each button pays in its way. */
export function paymentPage({ gateway, order, amount, state, methods }: PaymentPage): Answer {
  const buttons = methods
    .map((name) => `<button name="method" value="${escaped(name)}">${escaped(name)}</button>`)
    .join(' ');
  return {
    status: 200,
    body: `<!DOCTYPE html><html><head><meta charset="utf-8"><title>${escaped(gateway)}</title></head><body>
<h1>${escaped(gateway)}</h1><p>${escaped(order)}: Rp ${amount} (${escaped(state)})</p>
<form method="post">${buttons}</form></body></html>`,
  };
}

/** Which button was pressed. */
export const chosenIn = (text: string): string => new URLSearchParams(text).get('method') ?? '';

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
