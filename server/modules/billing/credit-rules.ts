/** Decimal texts of whole rupiah. */
export interface Parts {
  readonly amount: string;
  readonly tax_amount: string;
  readonly late_fee: string;
}

/**
 * The parts of a credit of `credit` whole rupiah on `invoice`, of which `earlier` is credited already, and `givenBack` was given
 * back for unused days by another invoice; undefined where that is more than is left. A late fee goes last, and no tax is of it. Taxes are in proportion to the rest, half up, as far as what
 * is left of that afterwards can still be taxed by what is left of the tax; so the last credit takes the rest of everything to
 * the rupiah.
 */
export function creditParts(
  invoice: Parts,
  earlier: Parts,
  credit: bigint,
  givenBack = 0n,
): Parts | undefined {
  const amountLeft = rupiah(invoice.amount) - rupiah(earlier.amount);
  const taxLeft = rupiah(invoice.tax_amount) - rupiah(earlier.tax_amount);
  const feeLeft = rupiah(invoice.late_fee) - rupiah(earlier.late_fee);
  if (credit < 1n || credit > amountLeft - givenBack) return undefined;
  const total = rupiah(invoice.amount) - rupiah(invoice.late_fee);
  const totalLeft = amountLeft - feeLeft;
  const ofTotal = min(credit, totalLeft);
  const share = total === 0n ? 0n : (2n * rupiah(invoice.tax_amount) * ofTotal + total) / (2n * total);
  const tax = min(max(share, taxLeft - (totalLeft - ofTotal)), min(taxLeft, ofTotal));
  const fee = credit - ofTotal;
  return { amount: `${credit}.00`, tax_amount: `${tax}.00`, late_fee: `${fee}.00` };
}

function rupiah(amount: string): bigint {
  return BigInt(amount.split('.')[0] ?? '0');
}

const min = (one: bigint, other: bigint) => (one < other ? one : other);
const max = (one: bigint, other: bigint) => (one > other ? one : other);
