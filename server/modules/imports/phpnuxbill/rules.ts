/** How PHPNuxBill's values become ours. Empty and odd ones are common: nothing here throws. */

/** Text without what cannot be stored or shown; what was stored twice as UTF-8 ("JosÃ©") is read as it was meant. */
export function cleanText(text: string): string {
  return untwice(text)
    .replace(/\p{Cc}+/gu, ' ')
    .toWellFormed()
    .trim();
}

function untwice(text: string): string {
  if (!/[\u00c2-\u00f4][\u0080-\u00bf]/.test(text) || /[\u0100-\uffff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(text, (sign) => sign.charCodeAt(0)),
    );
  } catch {
    return text;
  }
}

/** A date from 2000 on; undefined for 0000-00-00 and what is none. Later than 2100 is "for ever", and the last we know. */
export function readDate(text: string): string | undefined {
  const date = text.slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || date < '2000-01-01') return undefined;
  if (date > lastDate) return lastDate;
  try {
    return Temporal.PlainDate.from(date, { overflow: 'reject' }).toString();
  } catch {
    return undefined;
  }
}

const lastDate = '2100-12-31';
const largest = 99_999_999_999n;

/** An amount in whole rupiah, half up; undefined where the text is none, or it is too large. */
export function readAmount(text: string): bigint | undefined {
  const bare = text.replaceAll(',', '');
  if (bare === '') return 0n;
  const [, sign, whole = '0', tenths = '0'] = /^(-?)(\d{1,15})(?:\.(\d)\d*)?$/.exec(bare) ?? [];
  if (sign === undefined) return undefined;
  const amount = BigInt(whole) + (tenths >= '5' ? 1n : 0n);
  if (amount > largest) return undefined;
  return sign === '-' ? -amount : amount;
}

export const amountText = (amount: bigint) => `${amount}.00`;

export interface Validity {
  readonly validity_days: number;
  readonly period_months: number | null;
  /** Hours and minutes are not possible here: they become whole days. */
  readonly rounded: boolean;
}

/** The time a plan is for. "Period" is a month that ends on a fixed day. */
export function readValidity(count: string, unit: string): Validity | undefined {
  const n = /^\d{1,6}$/.test(count) ? Number(count) : 0;
  if (n < 1) return undefined;
  const days = (value: number, rounded: boolean) =>
    value > 3660 ? undefined : { validity_days: value, period_months: null, rounded };
  switch (unit.toLowerCase()) {
    case 'months':
    case 'period':
      return n > 120 ? undefined : { validity_days: 30, period_months: n, rounded: false };
    case 'hrs':
      return days(Math.ceil(n / 24), n % 24 !== 0);
    case 'mins':
      return days(Math.ceil(n / 1440), n % 1440 !== 0);
    default:
      return days(n, false);
  }
}

/** The type of a package; undefined for top-ups of a balance, which are no package. */
export function packageType(type: string): 'pppoe' | 'hotspot' | 'static' | undefined {
  const word = type.toLowerCase();
  if (word === 'balance') return undefined;
  if (word === 'hotspot') return 'hotspot';
  return word.startsWith('static') ? 'static' : 'pppoe';
}

/** Upload/download, like 10M/10M. */
export function bandwidthText(
  up: string,
  upUnit: string,
  down: string,
  downUnit: string,
): string | undefined {
  const rate = (value: string, unit: string) =>
    /^\d{1,9}$/.test(value) ? `${Number(value)}${unit.toLowerCase() === 'kbps' ? 'k' : 'M'}` : undefined;
  const one = rate(up, upUnit);
  const other = rate(down, downUnit);
  return one === undefined || other === undefined ? undefined : `${one}/${other}`;
}

/** The speed that a name tells: "Paket 10 Mbps" is 10M/10M. */
export function bandwidthOfName(name: string): string | undefined {
  const [, value, unit = ''] = /(\d{1,4})\s*(k|m|g)b?(?:ps|it)?(?![a-z])/i.exec(name) ?? [];
  if (value === undefined) return undefined;
  const rate = `${value}${unit.toLowerCase() === 'k' ? 'k' : unit.toUpperCase()}`;
  return `${rate}/${rate}`;
}

/** How something was paid, of "gateway - channel". From the balance of before it is `other`: that money came in earlier. */
export function methodOf(text: string): string {
  const word = text.toLowerCase();
  if (/-\s*balance$/.test(word)) return 'other';
  for (const known of ['midtrans', 'xendit', 'qris', 'gopay', 'ovo', 'dana']) {
    if (new RegExp(`\\b${known}\\b`).test(word)) return known;
  }
  if (/transfer|\bbank\b|\bbca\b|\bbri\b|\bbni\b|mandiri/.test(word)) return 'transfer';
  return /cash|tunai|recharge|admin|voucher|^$/.test(word) ? 'cash' : 'other';
}

/** What of a username can be one here. */
export function usableUsername(name: string): string {
  return name
    .replace(/[^A-Za-z0-9._@+-]+/g, '.')
    .replace(/^\.+|\.+$/g, '')
    .slice(0, 64);
}

/** How a subscription stands. */
export type Standing = 'active' | 'suspended' | 'expired';

export function standingOf(
  recharge: { readonly on: boolean; readonly end: string },
  customerBlocked: boolean,
  today: string,
): Standing {
  if (recharge.end < today) return 'expired';
  return recharge.on && !customerBlocked ? 'active' : 'suspended';
}
