import { catalog, subscriptions } from '#contract';
import { instantText, localDate, SettableClock } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { seed } from '../commands/seed.ts';
import { providerEdition } from '../editions/provider.ts';
import { forgetPast } from '../modules/notifications/index.ts';
import { administrator, furnish, importFounders, staff } from './found.ts';
import { liveDay, planNewInvoices } from './live-day.ts';
import { openOffice } from './office.ts';
import { people } from './people.ts';
import { restRouters, spreadCustomers } from './set-up-routers.ts';
import { moveTo, type Plot, type Story, timeZone } from './story.ts';

export interface HistoryOptions {
  readonly plot: Plot;
  /** The last date already lived; undefined at the beginning. */
  readonly lived: string | undefined;
  readonly signal: AbortSignal;
  readonly onDay: (done: number, total: number, date: string) => void;
}

/**
 * Runs the product day by day up to now on a clock of its own: everything in the database was done by the use cases
 * and the API that serve afterwards. Returns the last date lived; before today when `signal` was aborted.
 */
export async function makeHistory(
  kit: Kit,
  { plot, lived, signal, onDay }: HistoryOptions,
): Promise<string | undefined> {
  const until = kit.clock.now();
  const today = localDate(until, timeZone);
  const first =
    lived === undefined
      ? Temporal.PlainDate.from(plot.start)
      : Temporal.PlainDate.from(lived).add({ days: 1 });
  const total = first.until(today).days + 1;
  if (total <= 0) return lived;
  const clock = new SettableClock(first.toZonedDateTime({ timeZone }).toInstant().toString());
  const simulated: Kit = { ...kit, clock };
  if (lived === undefined) await seed(simulated, administrator, 'provider');
  const edition = providerEdition(simulated);
  await using office = await openOffice(simulated, edition);
  const admin = await office.colleague(administrator.email);
  if (lived === undefined) {
    moveTo({ clock, until }, plot.start, 2);
    await furnish({ admin });
  }
  const routerIds = await restRouters(admin);
  const operator = await office.colleague(staff[0].email);
  const everybody = people(plot.subscribers, plot.days);
  const packages = await admin.call(catalog.listPackages, { query: { per_page: '100' } });
  const story: Story = {
    plot,
    kit: simulated,
    edition,
    clock,
    until,
    admin,
    operator,
    people: everybody,
    byPhone: new Map(everybody.map((person) => [person.phone, person])),
    subscriptionIds: new Map(),
    routerIds,
    packageIds: new Map(packages?.data.map(({ name, id }) => [name, id])),
    payments: new Map(),
    planned: new Set(),
  };
  if (lived === undefined) await importFounders(story);
  await spreadCustomers(operator, routerIds);
  await findSubscriptions(story);
  if (lived !== undefined)
    for (const status of ['unpaid', 'overdue'] as const) await planNewInvoices(story, status);
  let last = lived;
  for (let done = 0; done < total && !signal.aborted; done += 1) {
    const date = first.add({ days: done }).toString();
    onDay(done, total, date);
    await liveDay(story, date);
    last = date;
  }
  // Nobody is told now of what was lived through so fast.
  await forgetPast(kit.db, instantText(clock.now()));
  return last;
}

async function findSubscriptions({ operator, subscriptionIds }: Story): Promise<void> {
  let cursor: string | undefined;
  do {
    const query = { per_page: '100', ...(cursor === undefined ? {} : { cursor }) };
    const page = await operator.call(subscriptions.listSubscriptions, { query });
    for (const { id, mikrotik_username: username } of page?.data ?? []) {
      if (username !== null) subscriptionIds.set(username, id);
    }
    cursor = page?.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
