import type { Language } from '#kit/errors.ts';
import type { Variable } from './events.ts';

export type Values = Readonly<Record<string, string>>;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The variables that a text names, in its order, each once. */
export function namedIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(placeholder)].map(([, name = '']) => name))];
}

const locales = { id: 'id-ID', en: 'en-GB' } as const;

/** `Rp 150.000`, with cents only where there are some; a calendar date in words. */
export function written({ kind }: Variable, value: string, language: Language): string {
  if (value === '') return '';
  if (kind === 'money') return rupiah(value);
  if (kind === 'date') return dateInWords(value, language);
  return value;
}

export function rupiah(amount: string): string {
  const [whole = '0', cents = '00'] = amount.split('.');
  return `Rp ${whole.replace(/\B(?=(\d{3})+$)/g, '.')}${/[1-9]/.test(cents) ? `,${cents}` : ''}`;
}

/** `20 Januari 2026`. */
function dateInWords(date: string, language: Language): string {
  return Temporal.PlainDate.from(date).toLocaleString(locales[language], { dateStyle: 'long' });
}

/**
 * Puts values in the place of `{{name}}`. What a value says is never read as a variable. A line goes whose variables are all
 * empty, and two empty lines become one.
 */
export function filled(text: string, values: Values): string {
  const lines = text.split('\n').filter((line) => {
    const names = namedIn(line);
    return names.length === 0 || names.some((name) => (values[name] ?? '') !== '');
  });
  return lines
    .map((line) => line.replace(placeholder, (_, name: string) => values[name] ?? '').trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** A value as one line: what a subject, or a parameter of WhatsApp, can hold. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Whether local time is within quiet hours, which may go over midnight. All are `HH:MM`, or with seconds. */
export function isQuiet(time: string, from: string | null, to: string | null): boolean {
  if (from === null || to === null) return false;
  const [now, start, end] = [time.slice(0, 5), from.slice(0, 5), to.slice(0, 5)];
  return start <= end ? now >= start && now < end : now >= start || now < end;
}

const firstWaitSeconds = 30;
const longestWaitSeconds = 2 * 3600;

/** Seconds until a message is tried again: twice as long each time, up to two hours, and up to a half more by `chance` (0 to 1). */
export function waitAfter(attempts: number, chance: number): number {
  const wait = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** Math.min(20, attempts - 1));
  return Math.round(wait * (1 + chance / 2));
}

const longestRestSeconds = 900;

/** Seconds that a lane rests after so many failures in a row. */
export const restAfter = (failures: number): number =>
  Math.min(longestRestSeconds, firstWaitSeconds * 2 ** Math.min(20, failures - 1));

/**
 * The number as WhatsApp takes it: digits with the country in front. 0812… and 812… are Indonesian. Undefined where it is none
 * (ITU-T E.164: at most fifteen digits).
 */
export function internationalNumber(phone: string): string | undefined {
  const digits = phone.replace(/\D/g, '');
  const isForeign = phone.trim().startsWith('+') || digits.startsWith('00');
  const bare = digits.replace(/^00/, '');
  const national = bare.startsWith('62') || isForeign ? bare : `62${bare.replace(/^0/, '')}`;
  // +62 0812… is written by many.
  const number = national.replace(/^620/, '62');
  return /^[1-9]\d{7,14}$/.test(number) ? number : undefined;
}
