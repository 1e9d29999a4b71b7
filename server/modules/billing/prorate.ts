import type { ItemInput } from './item-queries.ts';
import type { BilledPeriod, RunningPeriod } from './period-queries.ts';

/** A line of a proration, and what is to be remembered of it. */
export interface ProrationLine extends ItemInput {
  readonly id: string;
  readonly package_id: string | null;
  readonly prorates_invoice_id: string | null;
  /** Of a charge: the days of its period that it is for. */
  readonly prorated_days: number | null;
}

/** `amount` × `part` / `whole` in whole rupiah, half up; a decimal text of zero or more, and zero of nothing. */
export function shareOf(amount: string, part: number, whole: number): string {
  const [rupiah = '0', cents = ''] = amount.split('.');
  const hundredths = BigInt(rupiah + cents.padEnd(2, '0').slice(0, 2));
  const divisor = 100n * BigInt(whole);
  return `${(2n * hundredths * BigInt(part) + divisor) / (2n * divisor)}.00`;
}

/** What the package of a period costs for so many of its days: after a change inside it, what that charged. */
function priceBasis(period: BilledPeriod) {
  const { prorated_days: days, prorated_price: price } = period;
  if (days === null || price === null) {
    const { taxable, package_id } = period;
    return { price: period.price, days: period.days, taxable, package_id };
  }
  const { prorated_taxable: taxable, prorated_package_id: package_id } = period;
  return { price, days, taxable: taxable ?? true, package_id };
}

/** Whether a later change took days that this one would count again: the clock or the time zone went back. */
export function isBackdated(period: BilledPeriod): boolean {
  return period.prorated_days !== null && period.unused > period.prorated_days;
}

/** The share of an amount that is for the unused of `days`; no more than credit notes left of the amount. */
function unusedOf(amount: string, period: BilledPeriod, days: number): string {
  const share = shareOf(amount, period.unused, days);
  const [billed, credited] = [Number(period.billed), Number(period.credited)];
  if (credited === 0) return share;
  const left = shareOf(amount, billed - credited, billed);
  return Number(left) < Number(share) ? left : share;
}

/** The credit for the unused days of a period's package. */
export function creditLine(period: BilledPeriod, id: string): ProrationLine {
  const basis = priceBasis(period);
  return {
    ...line(period, 'Unused', `-${unusedOf(basis.price, period, basis.days)}`, basis.taxable),
    id,
    package_id: basis.package_id,
  };
}

/** The charge for the same days of the new package. */
export function chargeLine(
  period: BilledPeriod,
  pack: { readonly id: string; readonly name: string; readonly taxable: boolean },
  id: string,
): ProrationLine {
  const price = shareOf(period.new_price ?? '0', period.unused, period.new_days ?? 1);
  return {
    ...line(period, pack.name, price, pack.taxable),
    id,
    package_id: pack.id,
    prorated_days: period.unused,
  };
}

/** The credits for what else a period charged by the day: its add-ons, taxed and not. */
export function addonCredits(period: BilledPeriod, newId: () => string): readonly ProrationLine[] {
  const parts = [
    [period.taxed_addons, true],
    [period.untaxed_addons, false],
  ] as const;
  return parts.flatMap(([amount, taxable]) => {
    const credit = unusedOf(amount, period, period.days);
    return credit === '0.00'
      ? []
      : [{ ...line(period, 'Add-ons, unused', `-${credit}`, taxable), id: newId() }];
  });
}

function line(
  period: BilledPeriod,
  what: string,
  price: string,
  taxable: boolean,
): Omit<ProrationLine, 'id'> {
  const last = Temporal.PlainDate.from(period.ends);
  const from = last.subtract({ days: period.unused });
  return {
    kind: 'proration',
    description: `${[...what].slice(0, 200).join('')}: ${from} – ${last.subtract({ days: 1 })}`,
    quantity: 1,
    unit_price: price,
    taxable,
    package_id: null,
    prorates_invoice_id: period.id,
    prorated_days: null,
  };
}

/**
 * The lines that go with the invoice of a running postpaid period, which will be of the new package in full: the days used
 * so far at the old package's price, and the same days of the new one taken off.
 */
export function usedLines(
  period: RunningPeriod,
  packages: Readonly<
    Record<'old' | 'new', { readonly id: string; readonly name: string; readonly taxable: boolean }>
  >,
  newId: () => string,
): readonly ProrationLine[] {
  const { starts, used } = period;
  const last = Temporal.PlainDate.from(starts).add({ days: used - 1 });
  const common = {
    kind: 'proration',
    quantity: 1,
    prorates_invoice_id: null,
    prorated_days: null,
  } as const;
  const part = (pack: (typeof packages)['old'], price: string, what: string) => ({
    ...common,
    id: newId(),
    description: `${[...what].slice(0, 200).join('')}: ${starts} – ${last}`,
    unit_price: price,
    taxable: pack.taxable,
    package_id: pack.id,
  });
  return [
    part(packages.old, shareOf(period.price, used, period.days), packages.old.name),
    part(packages.new, `-${shareOf(period.new_price, used, period.new_days)}`, 'Not used'),
  ];
}
