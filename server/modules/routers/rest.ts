import { CertificateRefused, LoginRefused, RouterError, type RouterosError } from '#routeros';

const firstSeconds = 15;
/** Also how long a router rests that refuses to let Nadi in: somebody has to change something first. */
const mostSeconds = 15 * 60;

export interface Rest {
  readonly state: 'unreachable' | 'refused';
  /** Until the next attempt. */
  readonly seconds: number;
}

/**
 * How a router rests after so many failures in a row before this one: twice as long each time, up to a quarter of an hour,
 * less some chance (0 to 1), so that routers behind one broken line do not all come back at one moment.
 */
export function restAfter(error: RouterosError, failures: number, chance: number): Rest {
  const isRefusal =
    error instanceof LoginRefused || error instanceof CertificateRefused || error instanceof RouterError;
  if (isRefusal) return { state: 'refused', seconds: mostSeconds };
  return { state: 'unreachable', seconds: backoffSeconds(failures + 1, chance) };
}

/** Seconds until the next attempt after so many failures in a row. */
export function backoffSeconds(failures: number, chance: number): number {
  const most = Math.min(mostSeconds, firstSeconds * 2 ** Math.min(failures - 1, 20));
  return Math.round(most * (1 - chance / 2));
}
