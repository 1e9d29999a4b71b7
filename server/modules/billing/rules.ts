interface PricedLine {
  /** Decimal text with two decimals. */
  readonly unit_price: string;
  readonly quantity: number;
}

/** The total of lines in whole rupiah, each rounded half up before they are added, as the invoice's statement does. */
export function totalOf(lines: readonly PricedLine[]): bigint {
  return lines.reduce((sum, { unit_price: price, quantity }) => {
    const hundredths = BigInt(price.replace('.', '')) * BigInt(quantity);
    return sum + (hundredths + 50n) / 100n;
  }, 0n);
}
