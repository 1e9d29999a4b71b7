/** Gives the present moment. Everything takes one; only this file reads the machine's. */
export interface Clock {
  now(): Temporal.Instant;
}

/** The machine's clock; `agent/main.ts` alone asks for it. */
export const systemClock: Clock = { now: () => Temporal.Now.instant() };

/** RFC 3339 with milliseconds, as the state keeps it. */
export const instantText = (instant: Temporal.Instant): string =>
  instant.toString({ fractionalSecondDigits: 3 });
