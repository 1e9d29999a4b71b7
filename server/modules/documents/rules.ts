/** Decimal text with up to two decimals, in hundredths. @throws {RangeError} for anything else */
export function hundredths(amount: string): bigint {
  const [, sign = '', whole = '', cents = ''] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount) ?? [];
  if (whole === '') throw new RangeError(`${amount} is no amount with two decimals.`);
  const size = BigInt(whole + cents.padEnd(2, '0'));
  return sign === '' ? size : -size;
}

/** Hundredths as decimal text with two decimals. */
function decimal(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(3, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The sum of amounts, exactly. */
export function sumOf(amounts: readonly string[]): string {
  return decimal(amounts.reduce((sum, amount) => sum + hundredths(amount), 0n));
}
