/** Where the time comes from. Everything takes a clock; only this file reads the machine's. */
export interface Clock {
  now(): Temporal.Instant;
}

export const systemClock: Clock = { now: () => Temporal.Now.instant() };

/** A clock that stands still until it is told otherwise: for tests and for the demo's simulated year. */
export class SettableClock implements Clock {
  #now: Temporal.Instant;

  constructor(start: string) {
    this.#now = Temporal.Instant.from(start);
  }

  now(): Temporal.Instant {
    return this.#now;
  }

  /** Sets the instant, given as RFC 3339. */
  set(instant: string): void {
    this.#now = Temporal.Instant.from(instant);
  }

  advance(duration: Temporal.DurationLike): void {
    this.#now = this.#now.add(duration);
  }
}

/** The calendar date in `timeZone` at that instant: what "today" means to an organisation. */
export function localDate(now: Temporal.Instant, timeZone: string): Temporal.PlainDate {
  return now.toZonedDateTimeISO(timeZone).toPlainDate();
}

/** The instant as PostgreSQL and the API write it, to the millisecond. */
export function instantText(now: Temporal.Instant): string {
  return now.toString({ fractionalSecondDigits: 3 });
}
