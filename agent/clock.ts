/** Gives the present moment. Everything takes one; only this file reads the machine's. */
export interface Clock {
  now(): Temporal.Instant;
}

/** RFC 3339 with milliseconds, as the state keeps it. */
export const instantText = (instant: Temporal.Instant): string =>
  instant.toString({ fractionalSecondDigits: 3 });
