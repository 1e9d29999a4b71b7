import { setTimeout as later } from 'node:timers/promises';
import type { SimulatorTime } from '../time.ts';
import type { NotificationEffect, PaymentFaults } from './faults.ts';
import type { Attempt, Message, Notification } from './notification.ts';
import { Poster } from './post.ts';

/** How a gateway sends its notifications. */
export interface Habits {
  /** Seconds until it is sent again after so many attempts, the last of which had this status; undefined for never. */
  readonly retryAfter: (attempts: number, status: number | undefined) => number | undefined;
  /** An answer that takes longer is none. */
  readonly answerWithinMilliseconds: number;
  /** So many at a time. */
  readonly concurrency: number;
  /** The message as somebody would send it who does not know the secret. */
  readonly forge: (message: Message) => Message;
  /** The message as it would tell another amount. */
  readonly withAmount: (message: Message, amount: number) => Message;
}

interface Waiting extends Notification {
  readonly attempts: Attempt[];
  state: Notification['state'];
  /** When it is sent, in the simulator's time; Infinity while it is on its way. */
  due: number;
}

/** The notifications of a gateway: sent as they come about, again on failures as the clock says, so many at a time. */
export class Outbox {
  readonly #time: SimulatorTime;
  readonly #faults: PaymentFaults;
  readonly #habits: Habits;
  readonly #poster: Poster;
  readonly #all: Waiting[] = [];
  readonly #waiting = new Set<Waiting>();
  /** Those of the waiting that go with the next one of their subject. */
  readonly #held = new Set<Waiting>();
  readonly #line: Waiting[] = [];
  readonly #busy = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #running = 0;

  constructor(time: SimulatorTime, faults: PaymentFaults, habits: Habits) {
    this.#time = time;
    this.#faults = faults;
    this.#habits = habits;
    this.#poster = new Poster(habits.answerWithinMilliseconds);
  }

  /** Every notification there was, in the order in which they came about. */
  get notifications(): readonly Notification[] {
    return this.#all;
  }

  /** Sends it to each address, with what befalls it on the way. */
  add(subject: string, urls: readonly string[], message: Message): void {
    for (const url of urls) this.#add(subject, url, message, this.#faults.ofNotification(message.body));
  }

  /** Starts what is due by the clock. */
  tick(): void {
    for (const each of [...this.#waiting]) if (each.due <= this.#time.milliseconds) this.#start(each);
  }

  /** Resolves once nothing is on its way; what waits for its time is not. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  async close(): Promise<void> {
    this.#line.length = 0;
    this.#closing.abort();
    this.#poster.close();
    await this.idle();
  }

  #add(subject: string, url: string, original: Message, effects: readonly NotificationEffect[]): void {
    let message = original;
    let due = this.#time.milliseconds;
    let held = false;
    let dropped = false;
    const copies: number[] = [];
    for (const effect of effects) {
      if (effect.do === 'wrong amount') message = this.#habits.withAmount(message, effect.amount);
      else if (effect.do === 'postpone') due += effect.seconds * 1000;
      else if (effect.do === 'reorder') held = true;
      else if (effect.do === 'drop') dropped = true;
      else if (effect.do === 'duplicate')
        copies.push(...Array(effect.copies ?? 1).fill(effect.milliseconds ?? 0));
    }
    // Last, so that another amount does not make it genuine again.
    if (effects.some((effect) => effect.do === 'forge')) message = this.#habits.forge(message);
    const make = () => this.#keep({ subject, url, message, due, held, dropped });
    const made = [make(), ...copies.map(make)];
    if (dropped) return;
    made.forEach((each, index) => {
      const wait = (copies[index - 1] ?? 0) * index;
      if (wait > 0) this.#startLater(each, wait);
      else if (!held && due <= this.#time.milliseconds) this.#start(each);
    });
  }

  #keep(made: {
    readonly subject: string;
    readonly url: string;
    readonly message: Message;
    readonly due: number;
    readonly held: boolean;
    readonly dropped: boolean;
  }): Waiting {
    const { subject, url, message, due, held, dropped } = made;
    const state = dropped ? 'dropped' : 'waiting';
    const at = held ? due + 60_000 : due;
    const number = this.#all.length + 1;
    const kept: Waiting = { subject, url, ...message, number, attempts: [], state, due: at };
    this.#all.push(kept);
    if (!dropped) this.#waiting.add(kept);
    if (held && !dropped) this.#held.add(kept);
    return kept;
  }

  #startLater(each: Waiting, milliseconds: number): void {
    const due = each.due;
    each.due = Infinity;
    const signal = this.#closing.signal;
    this.#track(
      later(milliseconds, undefined, { signal }).then(
        () => {
          each.due = due;
          if (due <= this.#time.milliseconds) this.#start(each);
        },
        () => {},
      ),
    );
  }

  #start(each: Waiting): void {
    this.#waiting.delete(each);
    this.#held.delete(each);
    if (this.#running >= this.#habits.concurrency) this.#line.push(each);
    else this.#track(this.#send(each));
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#busy.delete(tracked));
    this.#busy.add(tracked);
  }

  async #send(each: Waiting): Promise<void> {
    this.#running += 1;
    const at = this.#time.toString();
    const posted = await this.#poster.post(each.url, each.headers, JSON.stringify(each.body));
    this.#running -= 1;
    each.attempts.push({ at, ...posted });
    this.#conclude(each, posted.status);
    for (const other of [...this.#held])
      if (other.subject === each.subject && other.url === each.url) this.#start(other);
    const next = this.#line.shift();
    if (next !== undefined) this.#start(next);
  }

  #conclude(each: Waiting, status: number | undefined): void {
    if (status !== undefined && status >= 200 && status < 300) {
      each.state = 'delivered';
      return;
    }
    const after = this.#habits.retryAfter(each.attempts.length, status);
    if (after === undefined) {
      each.state = 'given up';
      return;
    }
    each.due = this.#time.milliseconds + after * 1000;
    this.#waiting.add(each);
  }
}
