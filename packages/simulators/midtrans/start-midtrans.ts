import type { Answer, Call } from '../payments/call.ts';
import { PaymentFaults } from '../payments/faults.ts';
import { Gateway, type GatewayOptions, type Parts } from '../payments/gateway.ts';
import type { Body, Message } from '../payments/notification.ts';
import { Outbox } from '../payments/outbox.ts';
import { listen } from '../payments/surface.ts';
import { type SimulatorClock, SimulatorTime, stillClock } from '../time.ts';
import { type Account, notificationOf } from './body.ts';
import { answerCore } from './core.ts';
import { money, signatureOf } from './formats.ts';
import { type Payment, pay } from './pay.ts';
import type { Choice } from './payment-types.ts';
import { answerPage } from './redirection.ts';
import { retryAfter } from './retries.ts';
import { createOrder } from './snap.ts';
import { isChallenged, type Order, refunded, type Transaction } from './transaction.ts';
import { World } from './world.ts';

export interface MidtransOptions extends GatewayOptions {
  readonly serverKey?: string | undefined;
  readonly merchantId?: string | undefined;
  /** Where the account's notifications go; nowhere unless given, and it can be set later. */
  readonly notificationUrl?: string | undefined;
  /** A clock that stands still unless given; `advance` goes on top of it. */
  readonly clock?: SimulatorClock | undefined;
  /** Has the core API's refusals come with their own HTTP status, not with 200. */
  readonly sameStatus?: boolean | undefined;
}

/** A simulated Midtrans account: Snap and the core API on one address. */
export class Midtrans extends Gateway {
  readonly serverKey: string;
  readonly #account: Account;
  readonly #world: World;
  readonly #outbox: Outbox;
  readonly #settings: { notificationUrl: string | undefined };

  /** Made by startMidtrans. */
  constructor(
    parts: Parts,
    account: Account,
    world: World,
    settings: { notificationUrl: string | undefined },
  ) {
    super(parts);
    this.serverKey = account.serverKey;
    this.#account = account;
    this.#world = world;
    this.#outbox = parts.outbox;
    this.#settings = settings;
  }

  get notificationUrl(): string | undefined {
    return this.#settings.notificationUrl;
  }

  set notificationUrl(url: string | undefined) {
    this.#settings.notificationUrl = url;
  }

  /** The orders' ids, in the order in which they were asked for. */
  get orders(): readonly string[] {
    return [...this.#world.orders.keys()];
  }

  /** The order's transaction; undefined while the customer did not choose how to pay. */
  find(orderId: string): Readonly<Transaction> | undefined {
    return this.#world.find(orderId);
  }

  /** What a notification of the transaction would say now. */
  body(orderId: string): Body {
    return notificationOf(this.#account, this.#transaction(orderId));
  }

  /** The customer chooses how to pay, and has not paid yet: the transaction is pending. */
  choose(orderId: string, choice: Choice, fee?: Payment['fee']): void {
    this.#world.begin(this.#order(orderId), choice, 'pending', fee, 'accept');
  }

  /** The customer pays, as chosen before or as told: settled at once, a card captured. Throws if it cannot be paid. */
  pay(orderId: string, payment?: Payment): void {
    pay(this.#world, this.#order(orderId), payment);
  }

  /** A capture or what was pending is settled; a challenge that nobody decided is cancelled instead. */
  settle(orderId: string): void {
    const transaction = this.#transaction(orderId);
    this.#world.move(transaction, isChallenged(transaction) ? 'cancel' : 'settlement');
  }

  /** An authorized card is captured. */
  capture(orderId: string): void {
    this.#world.move(this.#transaction(orderId), 'capture');
  }

  expire(orderId: string): void {
    this.#world.move(this.#transaction(orderId), 'expire');
  }

  cancel(orderId: string): void {
    this.#world.move(this.#transaction(orderId), 'cancel');
  }

  /** The provider denies what is pending, or somebody a challenge. */
  deny(orderId: string): void {
    const transaction = this.#transaction(orderId);
    if (isChallenged(transaction)) this.#world.decide(transaction, 'deny');
    else this.#world.move(transaction, 'deny');
  }

  /** Somebody approves a challenge. */
  approve(orderId: string): void {
    this.#world.decide(this.#transaction(orderId), 'accept');
  }

  /** Somebody gives back so much, or all that is left, on Midtrans' dashboard. */
  refund(orderId: string, amount?: number, reason = ''): void {
    const transaction = this.#transaction(orderId);
    const left = transaction.amount - refunded(transaction);
    const wanted = amount ?? left;
    if (!Number.isSafeInteger(wanted) || wanted < 1 || wanted > left)
      throw new Error(`${orderId} has ${left} left to refund.`);
    this.#world.refund(transaction, wanted, `dashboard-${transaction.refunds.length + 1}`, reason);
  }

  /** The card's bank takes the money back: a part of it, of which the documentation tells no amount, or all. */
  chargeback(orderId: string, part: 'whole' | 'part' = 'whole'): void {
    this.#world.move(this.#transaction(orderId), part === 'whole' ? 'chargeback' : 'partial_chargeback');
  }

  /** Sends what somebody made up, signed or not as it is, to the account's address. */
  send(body: Body): void {
    const urls = this.notificationUrl === undefined ? [] : [this.notificationUrl];
    this.#outbox.add(`${body.order_id}`, urls, { headers: {}, body });
  }

  #order(orderId: string): Order {
    const order = this.#world.orders.get(orderId);
    if (order === undefined) throw new Error(`Nobody asked for the order ${orderId}.`);
    return order;
  }

  #transaction(orderId: string): Transaction {
    const transaction = this.#world.find(orderId);
    if (transaction === undefined) throw new Error(`${orderId} has no transaction yet.`);
    return transaction;
  }
}

/** Switches an account on: with its API listening and its notifications on their way. */
export async function startMidtrans(options: MidtransOptions = {}): Promise<Midtrans> {
  const { host = '127.0.0.1', serverKey = 'SB-Mid-server-simulated', merchantId = 'G000000001' } = options;
  const account: Account = { serverKey, merchantId };
  const time = new SimulatorTime(options.clock ?? stillClock);
  const faults = new PaymentFaults();
  const settings = { notificationUrl: options.notificationUrl };
  const outbox = new Outbox(time, faults, {
    retryAfter,
    // docs.midtrans.com/docs/https-notification-webhooks
    answerWithinMilliseconds: options.answerWithinMilliseconds ?? 15_000,
    concurrency: options.concurrency ?? 10,
    forge: (message) => withSignature(message, 'somebody-else'),
    withAmount: ({ headers, body }, amount) =>
      withSignature({ headers, body: { ...body, gross_amount: money(amount) } }, serverKey),
  });
  const world = new World(time, (transaction) => {
    const { id, append, override } = transaction.order;
    const usual = settings.notificationUrl === undefined ? [] : [settings.notificationUrl];
    const urls = override.length > 0 ? override : [...usual, ...append];
    const headers = { 'user-agent': 'Veritrans' };
    outbox.add(id, urls, { headers, body: notificationOf(account, transaction) });
  });
  let baseUrl = '';
  const handle = (call: Call): Answer => {
    if (call.path.startsWith('/v2/')) return answerCore(world, account, call, options.sameStatus ?? false);
    if (call.method === 'POST' && call.path === '/snap/v1/transactions')
      return createOrder(world, account, call, baseUrl);
    return answerPage(world, call);
  };
  const listening = await listen({ time, faults, handle, failed }, host, options.port ?? 0);
  baseUrl = `http://${host}:${listening.port}`;
  const tick = () => world.tick();
  const parts = { time, faults, outbox, listening, host, tick, every: options.tickEveryMilliseconds };
  return new Midtrans(parts, account, world, settings);
}

function withSignature({ headers, body }: Message, key: string): Message {
  const signature = signatureOf(`${body.order_id}`, `${body.status_code}`, `${body.gross_amount}`, key);
  return { headers, body: { ...body, signature_key: signature } };
}

/** Snap's and the core API's fields in one (docs.midtrans.com/reference/backend-integration). */
function failed(status: number): object {
  const message = 'Sorry, we encountered internal server error. We will fix this soon.';
  return { status_code: `${status}`, status_message: message, error_messages: [message], locale: 'en' };
}
