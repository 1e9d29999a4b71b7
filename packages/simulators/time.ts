/** Where the time comes from; the server's clocks fit. */
export interface SimulatorClock {
  readonly now: () => Temporal.Instant;
}

/** The simulated time: that of a clock and what was added to it by hand. */
export class SimulatorTime {
  readonly #clock: SimulatorClock;
  #added = 0;

  constructor(clock: SimulatorClock) {
    this.#clock = clock;
  }

  /** Since 1970. */
  get milliseconds(): number {
    return this.#clock.now().epochMilliseconds + this.#added;
  }

  /** RFC 3339. */
  toString(): string {
    return Temporal.Instant.fromEpochMilliseconds(this.milliseconds).toString();
  }

  advance(seconds: number): void {
    this.#added += seconds * 1000;
  }
}

const beginning = Temporal.Instant.from('2026-01-01T00:00:00Z');

/** A clock that stands still: the one of simulators that are given none. */
export const stillClock: SimulatorClock = { now: () => beginning };
