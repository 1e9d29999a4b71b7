import { z } from 'zod';

/** An amount as gateways write it, number or text; undefined where it is none. Becomes decimal text with two decimals. */
export function amountIn(value: unknown): string | undefined {
  const text = typeof value === 'number' && value >= 0 ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const [, whole, cents = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : `${whole.replace(/^0+(?=\d)/, '')}.${cents.padEnd(2, '0')}`;
}

/** As {@link amountIn}, in a schema. */
export const amount = z.union([z.string().max(20), z.number()]).transform((value, context) => {
  const read = amountIn(value);
  if (read !== undefined) return read;
  context.addIssue('no amount');
  return z.NEVER;
});

const hundredths = (amount: string) => BigInt(amount.replace('.', ''));

/** `left - right`, zero where that is below it. Both with two decimals. */
export function less(left: string, right: string): string {
  const rest = hundredths(left) - hundredths(right);
  return rest <= 0n ? '0.00' : written(rest);
}

export function smaller(left: string, right: string): string {
  return hundredths(left) < hundredths(right) ? left : right;
}

function written(value: bigint): string {
  const digits = String(value).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
