/**
 * The day of the month on which calendar-month periods start: the start's day where `endDate` (the first unpaid day)
 * is an anniversary of it, so that 31 January → 28 February goes on to 31 March; otherwise the end's own day.
 */
export function anchorDay(startDate: string, endDate: string): number {
  const start = Temporal.PlainDate.from(startDate);
  const end = Temporal.PlainDate.from(endDate);
  return end.day === Math.min(start.day, end.daysInMonth) ? start.day : end.day;
}

/** How far back an unpaid day may lie: older ones are mistyped years, and would be invoiced period by period. */
const oldestUnpaidDays = 366;

export type DateFault = 'end_before_start' | 'end_too_old';

/** What is wrong with the dates of a new subscription, if anything. Dates are YYYY-MM-DD. */
export function datesFault(startDate: string, endDate: string, today: string): DateFault | undefined {
  if (endDate < startDate) return 'end_before_start';
  const oldest = Temporal.PlainDate.from(today).subtract({ days: oldestUnpaidDays });
  return Temporal.PlainDate.compare(Temporal.PlainDate.from(endDate), oldest) < 0 ? 'end_too_old' : undefined;
}

/** The router account's service for a package type; a license needs no account. */
export function serviceOf(packageType: string): 'pppoe' | 'hotspot' | 'any' | undefined {
  if (packageType === 'license') return undefined;
  if (packageType === 'static') return 'any';
  return packageType === 'hotspot' ? 'hotspot' : 'pppoe';
}

/** Whether a unit price (decimal text with two decimals) times a quantity stays below one billion rupiah. */
export function isBelowBillion(unitPrice: string, quantity: number): boolean {
  return hundredths(unitPrice) * BigInt(quantity) < 100_000_000_000n;
}

/** Whether an amount is above another; both are decimal texts with two decimals. */
export function isAbove(amount: string, limit: string): boolean {
  return hundredths(amount) > hundredths(limit);
}

function hundredths(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}
