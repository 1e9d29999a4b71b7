import { RouterValueError } from './value-error.ts';

const multipliers: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000, g: 1_000_000_000 };

/** Bits per second of `10M`, `512k`, `1G` or `1000000`; k is 1000. Throws RouterValueError. */
export function parseRate(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,16})([kMG])?$/i.exec(text) ?? [];
  const rate = digits === '' ? Number.NaN : Number(digits) * (multipliers[unit.toLowerCase()] ?? 1);
  if (!Number.isSafeInteger(rate)) throw new RouterValueError('rate', 'is not a rate such as 10M');
  return rate;
}

/** The shortest that means the same: `10M`, `1500k`, `64001`. Throws RouterValueError if it is no whole number. */
export function formatRate(bitsPerSecond: number): string {
  if (!Number.isSafeInteger(bitsPerSecond) || bitsPerSecond < 0) {
    throw new RouterValueError('rate', 'is not whole bits per second');
  }
  for (const unit of ['G', 'M', 'k']) {
    const size = multipliers[unit.toLowerCase()] ?? 1;
    if (bitsPerSecond > 0 && bitsPerSecond % size === 0) return `${bitsPerSecond / size}${unit}`;
  }
  return String(bitsPerSecond);
}
