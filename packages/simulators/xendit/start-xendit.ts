import { PaymentFaults } from '../payments/faults.ts';
import { Gateway, type GatewayOptions, type Parts } from '../payments/gateway.ts';
import type { Body } from '../payments/notification.ts';
import { Outbox } from '../payments/outbox.ts';
import { listen } from '../payments/surface.ts';
import { type SimulatorClock, SimulatorTime, stillClock } from '../time.ts';
import { answerXendit } from './api.ts';
import { callbackOf, type Invoice, type InvoicePayment } from './invoice.ts';
import { Invoices } from './invoices.ts';
import { retryAfter } from './retries.ts';

export interface XenditOptions extends GatewayOptions {
  readonly secretKey?: string | undefined;
  readonly callbackToken?: string | undefined;
  /** Where callbacks go; nowhere unless given, and it can be set later. */
  readonly callbackUrl?: string | undefined;
  /** A clock that stands still unless given; `advance` goes on top of it. */
  readonly clock?: SimulatorClock | undefined;
}

interface Settings {
  readonly secretKey: string;
  readonly callbackToken: string;
  callbackUrl: string | undefined;
}

/** A simulated Xendit account with its invoices. An invoice is named by its id, or by its external id: the newest of those. */
export class Xendit extends Gateway {
  readonly secretKey: string;
  readonly callbackToken: string;
  readonly #invoices: Invoices;
  readonly #outbox: Outbox;
  readonly #settings: Settings;

  /** Made by startXendit. */
  constructor(parts: Parts, invoices: Invoices, settings: Settings) {
    super(parts);
    this.secretKey = settings.secretKey;
    this.callbackToken = settings.callbackToken;
    this.#invoices = invoices;
    this.#outbox = parts.outbox;
    this.#settings = settings;
  }

  get callbackUrl(): string | undefined {
    return this.#settings.callbackUrl;
  }

  set callbackUrl(url: string | undefined) {
    this.#settings.callbackUrl = url;
  }

  find(name: string): Readonly<Invoice> | undefined {
    return this.#invoices.find(name) ?? this.#invoices.ofExternalId(name)[0];
  }

  /** What a callback would say now. */
  body(name: string): Body {
    return callbackOf(this.#invoice(name));
  }

  /** The customer pays. Throws if it cannot be paid any more. */
  pay(name: string, payment: InvoicePayment = {}): void {
    this.#invoices.pay(this.#invoice(name), payment);
  }

  expire(name: string): void {
    this.#invoices.move(this.#invoice(name), 'EXPIRED');
  }

  /** What was paid reaches the account's balance. */
  settle(name: string): void {
    this.#invoices.move(this.#invoice(name), 'SETTLED');
  }

  /** Sends what somebody made up, with the token that is given or with none. */
  send(body: Body, token?: string): void {
    const urls = this.callbackUrl === undefined ? [] : [this.callbackUrl];
    const headers = token === undefined ? {} : { 'x-callback-token': token };
    this.#outbox.add(`${body.external_id}`, urls, { headers, body });
  }

  #invoice(name: string): Invoice {
    const invoice = this.#invoices.find(name) ?? this.#invoices.ofExternalId(name)[0];
    if (invoice === undefined) throw new Error(`Nobody asked for the invoice ${name}.`);
    return invoice;
  }
}

/** Switches an account on: with its API listening and its callbacks on their way. */
export async function startXendit(options: XenditOptions = {}): Promise<Xendit> {
  const { host = '127.0.0.1', secretKey = 'xnd_development_simulated' } = options;
  const { callbackToken = 'callback-token-simulated', callbackUrl } = options;
  const settings: Settings = { secretKey, callbackToken, callbackUrl };
  const time = new SimulatorTime(options.clock ?? stillClock);
  const faults = new PaymentFaults();
  const outbox = new Outbox(time, faults, {
    retryAfter,
    answerWithinMilliseconds: options.answerWithinMilliseconds ?? 30_000,
    concurrency: options.concurrency ?? 10,
    forge: ({ body }) => ({ headers: { 'x-callback-token': 'somebody-else' }, body }),
    withAmount: ({ headers, body }, amount) => ({ headers, body: { ...body, amount, paid_amount: amount } }),
  });
  const invoices = new Invoices(time, (invoice) => {
    const urls = settings.callbackUrl === undefined ? [] : [settings.callbackUrl];
    const headers = { 'x-callback-token': callbackToken };
    outbox.add(invoice.externalId, urls, { headers, body: callbackOf(invoice) });
  });
  const account = { secretKey, baseUrl: '' };
  const listening = await listen(
    { time, faults, handle: (call) => answerXendit(invoices, account, call), failed },
    host,
    options.port ?? 0,
  );
  account.baseUrl = `http://${host}:${listening.port}`;
  const tick = () => invoices.tick();
  const parts = { time, faults, outbox, listening, host, tick, every: options.tickEveryMilliseconds };
  return new Xendit(parts, invoices, settings);
}

const failed = (): object => ({
  error_code: 'SERVER_ERROR',
  message: 'Error connecting to our server, try again later',
});
