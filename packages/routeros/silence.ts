import type { Timers } from './timers.ts';

/**
 * Calls `expired` once nothing was heard for `patience` milliseconds. `since` tells from when the silence counts, or undefined
 * while nobody listens. One timer runs however much is heard. Gives back what stops it.
 */
export function watchSilence(
  timers: Timers,
  patience: number,
  since: () => number | undefined,
  expired: () => void,
): () => void {
  if (patience === Number.POSITIVE_INFINITY) return () => {};
  let stop = () => {};
  const wait = (milliseconds: number) => {
    stop = timers.after(milliseconds, () => {
      const left = (since() ?? timers.elapsed()) + patience - timers.elapsed();
      if (left <= 0) expired();
      else wait(Math.ceil(left));
    });
  };
  wait(patience);
  return () => stop();
}
