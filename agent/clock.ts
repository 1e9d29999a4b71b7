/** Gives the present moment; the only one that reads the machine's is in main.ts. */
export interface Clock {
  now(): Temporal.Instant;
}

/** RFC 3339 with milliseconds, as the state keeps it. */
export const instantText = (instant: Temporal.Instant): string =>
  instant.toString({ fractionalSecondDigits: 3 });
