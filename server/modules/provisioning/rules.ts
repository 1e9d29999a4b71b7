/** Seconds between two full comparisons of a router; some chance (0 to 1) spreads many routers over the time. */
export function sweepSeconds(chance: number): number {
  return Math.round(15 * 60 * (0.8 + 0.4 * chance));
}
