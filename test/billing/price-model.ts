/**
 * What an invoice comes to, once more: in fractions of whole numbers, written from decisions.md and the docstrings. It shares
 * no code with the statements it is compared with. Amounts are in hundredths of a rupiah where they say cents.
 */

/** A fraction; its denominator is above zero. */
type Fraction = readonly [numerator: bigint, denominator: bigint];

const whole = (n: bigint): Fraction => [n, 1n];
const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];
const over = (one: Fraction, [c, d]: Fraction): Fraction => times(one, [d, c]);

/** To the nearest whole; a half goes away from zero, so that a credit undoes its charge. */
function nearest([a, b]: Fraction): bigint {
  const size = (2n * (a < 0n ? -a : a) + b) / (2n * b);
  return a < 0n ? -size : size;
}

const least = (...[one, other]: readonly [bigint, bigint]) => (one - other < 0n ? one : other);
const fromCents = (cents: bigint): Fraction => [cents, 100n];

export interface ModelTax {
  readonly name: string;
  /** In ten-thousandths of a percent. */
  readonly rate: bigint;
  readonly factor: Fraction;
  readonly inclusive: boolean;
  readonly area: string | null;
}

export interface ModelDiscount {
  readonly name: string;
  readonly kind: 'percent' | 'amount';
  /** In hundredths of a percent or of a rupiah. */
  readonly value: bigint;
  periods: number | null;
  ended: boolean;
}

export interface ModelItem {
  readonly name: string;
  /** Below zero for a credit. */
  readonly cents: bigint;
  readonly quantity: bigint;
  readonly taxable: boolean;
}

export interface ModelCustomer {
  readonly exempt: boolean;
  readonly area: string | null;
  readonly cents: bigint;
  readonly taxable: boolean;
  readonly discounts: readonly ModelDiscount[];
  readonly addons: readonly ModelItem[];
  /** Those that wait; they are gone with the invoice that takes them. */
  charges: readonly ModelItem[];
}

interface ModelLine {
  readonly kind: string;
  readonly amount: bigint;
  readonly taxable: boolean;
}

export interface ModelPrice {
  /** In whole rupiah, as all of it. */
  readonly amount: bigint;
  readonly tax: bigint;
  readonly toBalance: bigint;
  readonly lines: readonly ModelLine[];
  readonly taxes: readonly { readonly name: string; readonly base: bigint; readonly amount: bigint }[];
}

const rateOf = (tax: ModelTax) => times([tax.rate, 1_000_000n], tax.factor);

/** What taxes come to on a sum of taxable lines. */
function taxesOn(taxable: bigint, taxes: readonly ModelTax[], customer: ModelCustomer) {
  const area = customer.area?.toLowerCase();
  const met = taxes.filter((tax) => tax.area === null || tax.area.toLowerCase() === area);
  if (customer.exempt || taxable === 0n) return [];
  const inside = met.filter((tax) => tax.inclusive).reduce((sum, tax) => plus(sum, rateOf(tax)), whole(1n));
  const net = over(whole(taxable), inside);
  return met.map((tax) => ({
    name: tax.name,
    inclusive: tax.inclusive,
    base: nearest(times(net, tax.factor)),
    amount: nearest(times(net, rateOf(tax))),
  }));
}

/** The invoice of a customer's next period. */
export function priceOf(customer: ModelCustomer, taxes: readonly ModelTax[]): ModelPrice {
  const price = fromCents(customer.cents);
  const lines: ModelLine[] = [{ kind: 'package', amount: nearest(price), taxable: customer.taxable }];
  const itemLine = (kind: string) => (item: ModelItem) => ({
    kind,
    amount: nearest(times(fromCents(item.cents), whole(item.quantity))),
    taxable: item.taxable,
  });
  lines.push(...customer.addons.map(itemLine('addon')), ...customer.charges.map(itemLine('charge')));
  let left = nearest(price);
  for (const discount of customer.discounts.filter(({ ended }) => !ended)) {
    const share = times(price, [discount.value, 10_000n]);
    const worth = nearest(discount.kind === 'percent' ? share : fromCents(discount.value));
    const taken = least(worth, left);
    left -= taken;
    lines.push({ kind: 'discount', amount: -taken, taxable: customer.taxable });
  }
  const sum = (list: readonly { readonly amount: bigint }[]) =>
    list.reduce((n, { amount }) => n + amount, 0n);
  const charged = taxesOn(sum(lines.filter(({ taxable }) => taxable)), taxes, customer);
  const total = sum(lines) + sum(charged.filter(({ inclusive }) => !inclusive));
  const toBalance = total < 0n ? -total : 0n;
  if (toBalance > 0n) lines.push({ kind: 'to_balance', amount: toBalance, taxable: false });
  return {
    amount: total < 0n ? 0n : total,
    tax: sum(charged),
    toBalance,
    lines,
    taxes: charged.map(({ name, base, amount }) => ({ name, base, amount })),
  };
}

/** What is different once the invoice of a period was made: charges are used, and discounts are for one period less. */
export function usePeriod(customer: ModelCustomer): void {
  customer.charges = [];
  for (const discount of customer.discounts.filter(({ ended }) => !ended)) {
    if (discount.periods === null) continue;
    discount.periods -= 1;
    discount.ended = discount.periods === 0;
  }
}
