import { setTimeout as later } from 'node:timers/promises';
import type { SimulatorTime } from '../time.ts';
import type { NotificationEffect, PaymentFaults } from './faults.ts';
import { Lanes } from './lanes.ts';
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
  /** When it is sent, in the simulator's time; Infinity for a copy that goes with its original. */
  due: number;
  /** Not a copy of another, which a fault made. */
  readonly original: boolean;
  /** What goes so long after it was sent first. */
  readonly copies: { readonly copy: Waiting; readonly milliseconds: number }[];
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
  readonly #lanes: Lanes;
  readonly #closing = new AbortController();

  constructor(time: SimulatorTime, faults: PaymentFaults, habits: Habits) {
    this.#time = time;
    this.#faults = faults;
    this.#habits = habits;
    this.#poster = new Poster(habits.answerWithinMilliseconds);
    this.#lanes = new Lanes(habits.concurrency);
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
  idle(): Promise<void> {
    return this.#lanes.idle();
  }

  async close(): Promise<void> {
    this.#lanes.close();
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
        for (let copy = 1; copy <= (effect.copies ?? 1); copy += 1)
          copies.push((effect.milliseconds ?? 0) * copy);
    }
    // Last, so that another amount does not make it genuine again.
    if (effects.some((effect) => effect.do === 'forge')) message = this.#habits.forge(message);
    const made = { subject, url, message, state: dropped ? 'dropped' : 'waiting' } as const;
    const kept = this.#keep({ ...made, due: held ? due + 60_000 : due, original: true });
    // A copy goes when its original does.
    for (const milliseconds of copies)
      kept.copies.push({ copy: this.#keep({ ...made, due: Infinity, original: false }), milliseconds });
    if (dropped) return;
    if (held) this.#held.add(kept);
    else if (due <= this.#time.milliseconds) this.#start(kept);
  }

  #keep(
    made: Pick<Waiting, 'subject' | 'url' | 'state' | 'due' | 'original'> & { readonly message: Message },
  ) {
    const { message, ...rest } = made;
    const number = this.#all.length + 1;
    const kept: Waiting = { ...rest, ...message, number, attempts: [], copies: [] };
    this.#all.push(kept);
    if (kept.state === 'waiting') this.#waiting.add(kept);
    return kept;
  }

  #startLater(each: Waiting, milliseconds: number): void {
    const { signal } = this.#closing;
    this.#lanes.track(
      later(milliseconds, undefined, { signal }).then(
        () => this.#start(each),
        () => {},
      ),
    );
  }

  /** Those of an order go to an address one after the other, as they came about; a copy goes beside them. */
  #start(each: Waiting): void {
    this.#waiting.delete(each);
    this.#held.delete(each);
    this.#lanes.add(() => this.#send(each), each.original ? `${each.subject} ${each.url}` : undefined);
  }

  async #send(each: Waiting): Promise<void> {
    const at = this.#time.toString();
    for (const { copy, milliseconds } of each.copies.splice(0))
      if (milliseconds > 0) this.#startLater(copy, milliseconds);
      else this.#start(copy);
    const posted = await this.#poster.post(each.url, each.headers, JSON.stringify(each.body));
    each.attempts.push({ at, ...posted });
    this.#conclude(each, posted.status);
    for (const other of [...this.#held])
      if (other.subject === each.subject && other.url === each.url) this.#start(other);
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
