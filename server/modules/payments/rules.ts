/** `total - paid` of two amounts with two decimals, exactly: in hundredths, as integers. */
export function amountLeft(total: string, paid: string): string {
  const left = hundredths(total) - hundredths(paid);
  const digits = String(left < 0n ? -left : left).padStart(3, '0');
  return `${left < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Whether `amount` is more than `limit`. */
export function isMore(amount: string, limit: string): boolean {
  return hundredths(amount) > hundredths(limit);
}

function hundredths(amount: string): bigint {
  const [whole = '0', cents = ''] = amount.split('.');
  return BigInt(whole + cents.padEnd(2, '0').slice(0, 2));
}
