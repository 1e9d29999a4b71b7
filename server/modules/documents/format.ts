import type { Language } from '#kit/errors.ts';
import type { Period } from './document.ts';
import { hundredths } from './rules.ts';

// Written here and not by Intl, whose words and spaces change with Node's version: the same document must give the
// same bytes for as long as it is printed.

const separators = { id: { thousands: '.', decimals: ',' }, en: { thousands: ',', decimals: '.' } } as const;

/** `Rp 150.000` in Indonesian, `Rp 150,000` in English; decimals only where there are any; `-Rp 20.000` below zero. */
export function rupiah(amount: string, language: Language): string {
  const all = hundredths(amount);
  const size = all < 0n ? -all : all;
  const { decimals } = separators[language];
  const sen = size % 100n === 0n ? '' : `${decimals}${String(size % 100n).padStart(2, '0')}`;
  return `${all < 0n ? '-' : ''}Rp ${grouped(size / 100n, language)}${sen}`;
}

/** A whole number with separators. */
export function grouped(value: bigint | number, language: Language): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, separators[language].thousands);
}

const months = {
  id: 'Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember'.split(' '),
  en: 'January February March April May June July August September October November December'.split(' '),
} as const;

/** A local date, YYYY-MM-DD, as `15 Januari 2026`. */
export function longDate(date: string, language: Language): string {
  const { day, month, year } = Temporal.PlainDate.from(date);
  return `${day} ${months[language][month - 1]} ${year}`;
}

/** From the first to the last day of a period, both included; a single day stands alone. */
export function longPeriod({ start, end }: Period, language: Language): string {
  const last = Temporal.PlainDate.from(end).subtract({ days: 1 }).toString();
  const [from, to] = [longDate(start, language), longDate(last, language)];
  return from === to ? from : `${from} – ${to}`;
}

/** With its first letter large. */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
