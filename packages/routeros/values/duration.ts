import { RouterValueError } from './value-error.ts';

const units = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001 } as const;
const written =
  /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+):(\d\d):(\d\d)(?:\.(\d{1,3}))?|(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?(?:(\d+)us)?)$/;

/**
 * Milliseconds of `1w2d3h4m5s`, `00:10:00`, `1d00:10:00` or `12ms500us`. A bare number is seconds. Throws RouterValueError
 * otherwise, so for `none` and `never`, too.
 */
export function parseDuration(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text) * units.s;
  const parts = text === '' || text.length > 40 ? null : written.exec(text);
  if (parts === null) throw new RouterValueError('duration', 'is not a duration');
  const [, w, d, clockH, clockM, clockS, fraction, h, m, s, ms, us] = parts;
  const sum =
    number(w) * units.w +
    number(d) * units.d +
    number(clockH ?? h) * units.h +
    number(clockM ?? m) * units.m +
    number(clockS ?? s) * units.s +
    number(fraction?.padEnd(3, '0') ?? ms) +
    number(us) * units.us;
  if (sum > Number.MAX_SAFE_INTEGER) throw new RouterValueError('duration', 'is too long');
  return sum;
}

function number(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}

/** As RouterOS prints it, such as `1w2d3h4m5s`. Throws RouterValueError unless it is whole milliseconds, zero or more. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
    throw new RouterValueError('duration', 'is not whole milliseconds');
  }
  let left = milliseconds;
  let text = '';
  for (const unit of ['w', 'd', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(left / units[unit]);
    left -= count * units[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
