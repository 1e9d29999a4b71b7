import { instantText } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { inSnapshot } from './ledger-queries.ts';
import { paidByMonth } from './money-queries.ts';
import { receivableTotals } from './receivable-queries.ts';
import { customerCounts, subscriptionCounts } from './subscription-queries.ts';

/** How the provider stands today, for the dashboard: customers, subscriptions, what is owed, and what was paid. */
export async function readStanding(kit: Kit) {
  const { timezone } = await readOrganisation(kit.db);
  const today = await organisationToday(kit);
  const monthStart = Temporal.PlainDate.from(today).with({ day: 1 }).toZonedDateTime(timezone).toInstant();
  return inSnapshot(kit.db, async (tx, progress) => ({
    today,
    countedAt: progress.figures_at ?? instantText(kit.clock.now()),
    customers: await customerCounts(tx, progress, instantText(monthStart)),
    subscriptions: await subscriptionCounts(tx, progress, today),
    receivables: await receivableTotals(tx, progress, today),
    months: await paidByMonth(tx, progress, today),
  }));
}
