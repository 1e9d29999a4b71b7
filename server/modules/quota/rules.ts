/** What a day's usage must be beside a member's own average to be unusual. */
export const unusual = { times: 5, days: 14, leastDays: 7, leastBytes: 10_000_000_000 } as const;

/** So many failed sign-ins within so many minutes are told of. A shared address has more people to mistype. */
export const signInLimits = { minutes: 15, ofUser: 5, ofAddress: 10 } as const;

/** How long statistics are remembered, unless something changes before (spec 5, Caching Strategy). */
export const statsSeconds = 300;
