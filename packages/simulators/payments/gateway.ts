import type { SimulatorTime } from '../time.ts';
import type { Asked } from './call.ts';
import type { PaymentFaults } from './faults.ts';
import type { Notification } from './notification.ts';
import type { Outbox } from './outbox.ts';
import type { Listening } from './surface.ts';

/** What a gateway is made of. */
export interface Parts {
  readonly time: SimulatorTime;
  readonly faults: PaymentFaults;
  readonly outbox: Outbox;
  readonly listening: Listening;
  readonly host: string;
  /** Lets happen what is due by the clock, besides notifications. */
  readonly tick: () => void;
  readonly every: number | undefined;
}

/** What simulated gateways have in common: their time, faults, and what was asked and told. */
export class Gateway implements AsyncDisposable {
  /** Where its API is: `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly #parts: Parts;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.url = `http://${parts.host}:${parts.listening.port}`;
    if (parts.every !== undefined) this.#timer = setInterval(() => this.#happen(), parts.every).unref();
  }

  get faults(): PaymentFaults {
    return this.#parts.faults;
  }

  /** What was asked so far. */
  get calls(): readonly Asked[] {
    return this.#parts.listening.calls;
  }

  /** What was told so far, one for each address. */
  get notifications(): readonly Notification[] {
    return this.#parts.outbox.notifications;
  }

  /** Resolves once no notification is on its way; those that wait for their time still do. */
  idle(): Promise<void> {
    return this.#parts.outbox.idle();
  }

  /** Lets happen what is due by the clock, and resolves once it was told. */
  tick(): Promise<void> {
    this.#happen();
    return this.idle();
  }

  /** Moves the time on, lets happen what is due, and resolves once it was told. */
  advance(seconds: number): Promise<void> {
    this.#parts.time.advance(seconds);
    return this.tick();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#parts.listening.close();
    await this.#parts.outbox.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #happen(): void {
    this.#parts.tick();
    this.#parts.outbox.tick();
  }
}

export interface GatewayOptions {
  readonly host?: string | undefined;
  /** Any free one unless given. */
  readonly port?: number | undefined;
  /** So many notifications at a time: 10 unless given. */
  readonly concurrency?: number | undefined;
  /** Real time; as the gateway has it unless given. */
  readonly answerWithinMilliseconds?: number | undefined;
  /** Lets what is due happen by itself so often; otherwise with `tick` and `advance`. */
  readonly tickEveryMilliseconds?: number | undefined;
}
