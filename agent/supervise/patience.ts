/** How long is waited for what, in milliseconds. */
export interface Patience {
  /** From the start of a server until it is ready. */
  readonly startMs: number;
  /** Between two questions whether it is ready by now, or to a serving one whether it still lives. */
  readonly askMs: number;
  readonly watchMs: number;
  /** For an answer of one that serves; after three in a row that did not come it is taken for hung. */
  readonly answerMs: number;
  /** For what a draining server has in hand. */
  readonly drainMs: number;
  /** Before one that ended is started anew; doubled each time up to half a minute. */
  readonly againMs: number;
}

export const usualPatience: Patience = {
  startMs: 120_000,
  askMs: 100,
  watchMs: 5000,
  answerMs: 5000,
  // One idle keep-alive period of 72 seconds, and the long requests that began before.
  drainMs: 15 * 60_000,
  againMs: 500,
};
