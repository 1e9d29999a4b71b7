const firstSeconds = 15;
const mostSeconds = 15 * 60;

/**
 * Seconds until the next attempt after so many failures in a row: twice as long each time, up to a quarter of an hour, less
 * some chance (0 to 1), so that routers behind one broken line do not all come back at one moment.
 */
export function backoffSeconds(failures: number, chance: number): number {
  const most = Math.min(mostSeconds, firstSeconds * 2 ** Math.min(failures - 1, 20));
  return Math.round(most * (1 - chance / 2));
}

/** Seconds before a router that refuses to let Nadi in is asked again: somebody has to change something first. */
export const refusedSeconds = mostSeconds;

/** Seconds between two full comparisons of a router; some chance (0 to 1) spreads many routers over the time. */
export function sweepSeconds(chance: number): number {
  return Math.round(mostSeconds * (0.8 + 0.4 * chance));
}
