import type { IncomingHttpHeaders } from 'node:http';
import { storable } from './words-in.ts';

/** A gateway that is asked over the network. */
export type GatewayName = 'midtrans' | 'xendit';

/** What a gateway says of the money of an order; amounts are decimal texts with two decimals. */
export interface MoneyState {
  readonly transactionId: string;
  /** In the gateway's words, lower case. */
  readonly status: string;
  /** How far it is (`ranks`). */
  readonly rank: number;
  readonly gross: string;
  readonly credited: string;
  readonly refunded: string;
  /** What of it is the provider's now. */
  readonly kept: string;
  /** As payments have it. */
  readonly method: string;
  readonly paidAt: string | null;
  /** A part went back, and nobody says how much. */
  readonly isPartUnknown: boolean;
  /** Whether the amounts explain each other; a notification where they do not is not believed alone. */
  readonly isPlain: boolean;
}

/** How far each state is: money that came is not undone by a word that it is awaited (architecture, invariant 5). */
export const ranks = {
  pending: 0,
  authorized: 1,
  failed: 2,
  captured: 3,
  settled: 4,
  partlyReturned: 5,
  returned: 6,
} as const;

/** An order as a gateway is asked about it. */
export interface AskedOrder {
  readonly order_id: string;
  readonly gateway_id: string | null;
  readonly amount: string;
}

export interface NewOrder {
  readonly orderId: string;
  /** Whole rupiah. */
  readonly amount: number;
  readonly itemId: string;
  readonly description: string;
  readonly customer: { readonly name: string; readonly email: string | null; readonly phone: string | null };
  readonly expiresAt: Temporal.Instant;
  readonly now: Temporal.Instant;
  /** Where the customer goes afterwards. */
  readonly returnUrl: string;
}

export type Json = Readonly<Record<string, unknown>>;

export interface MadeOrder {
  readonly gatewayId: string | null;
  readonly token: string | null;
  readonly url: string;
  readonly request: Json;
  readonly response: Json;
}

export interface Answered {
  /** Undefined where nobody chose how to pay yet. */
  readonly state: MoneyState | undefined;
  /** Whether nothing can be paid any more by what it says. */
  readonly isOver: boolean;
  readonly answer: Json;
}

export interface Notification {
  readonly verdict: 'genuine' | 'forged';
  readonly orderId: string;
  readonly status: string;
}

export interface RefundRequest {
  readonly key: string;
  /** Whole rupiah. */
  readonly amount: number;
  readonly reason: string;
}

/** A payment gateway. Its methods throw {@link GatewayError} where it cannot be reached, or says what cannot be understood. */
export interface Gateway {
  readonly name: GatewayName;
  create(order: NewOrder): Promise<MadeOrder>;
  status(order: AskedOrder): Promise<Answered>;
  /** Throws `refused` where it can no longer be cancelled, or not yet. */
  cancel(order: AskedOrder): Promise<Json>;
  /** Ends an order that nobody paid: never one whose money is on its way, which then is `refused`. */
  expire(order: AskedOrder): Promise<Json>;
  /** Undefined where money goes back by hand alone. Done twice with one key it is done once. */
  readonly refund?: (order: AskedOrder, request: RefundRequest) => Promise<Json>;
  /** What a notification is about, by its parsed body; undefined where it is none. */
  readNotification(body: unknown, headers: IncomingHttpHeaders): Notification | undefined;
  /** What a genuine notification says of the money; undefined where it cannot be told. */
  stateIn(body: unknown, order: AskedOrder): MoneyState | undefined;
}

/** Why a gateway did not do what it was asked. */
export class GatewayError extends Error {
  /** refused: it said no, and nothing happened. unclear: it may have happened. */
  readonly kind: 'refused' | 'unclear';

  constructor(kind: 'refused' | 'unclear', message: string) {
    super(storable(message.slice(0, 500)));
    this.kind = kind;
  }
}

/** What an HTTP status other than success means: who was refused may correct it, and anything else may have happened. */
export function kindOf(status: number): GatewayError['kind'] {
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unclear';
}
