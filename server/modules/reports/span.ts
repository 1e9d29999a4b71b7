import { fieldError } from '#kit/errors.ts';
import type { Span } from './ledger-queries.ts';

/** Months a report may cover. */
const mostMonths = 120;

/**
 * The days that `from` and `to` (dates, or months as a whole) mean; without them, the twelve months up to today.
 * @throws {AppError} validation_failed where they are the wrong way round or too far apart
 */
export function spanOf(
  given: { readonly from?: string | undefined; readonly to?: string | undefined },
  today: string,
): Span {
  const to = given.to === undefined ? defaultEnd(given.from, today) : lastDay(given.to);
  const from = given.from === undefined ? yearBefore(to) : firstDay(given.from);
  if (from > to) {
    throw fieldError('to', {
      en: 'The report ends before it starts.',
      id: 'Akhir laporan lebih awal daripada awalnya.',
    });
  }
  if (Temporal.PlainDate.from(from).add({ months: mostMonths }).toString() <= to) {
    throw fieldError('from', {
      en: 'A report covers ten years at most.',
      id: 'Satu laporan mencakup paling banyak sepuluh tahun.',
    });
  }
  return { from, to };
}

function defaultEnd(from: string | undefined, today: string): string {
  const start = from === undefined ? today : firstDay(from);
  return start > today ? start : today;
}

function yearBefore(day: string): string {
  return Temporal.PlainDate.from(day).with({ day: 1 }).subtract({ months: 11 }).toString();
}

function firstDay(given: string): string {
  return given.length === 7 ? `${given}-01` : given;
}

function lastDay(given: string): string {
  if (given.length > 7) return given;
  const { daysInMonth } = Temporal.PlainYearMonth.from(given);
  return `${given}-${daysInMonth}`;
}

/** The sum of decimal texts with two decimals, exactly. */
export function sumOf(amounts: readonly string[]): string {
  const cents = amounts.reduce((sum, amount) => sum + BigInt(amount.replace('.', '')), 0n);
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
