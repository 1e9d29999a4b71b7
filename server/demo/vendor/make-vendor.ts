import { fleet as fleetContract, rollouts } from '#contract';
import { instantText, localDate, SettableClock } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import type { Process } from '../../commands/context.ts';
import { startProgress } from '../../commands/progress.ts';
import { seed } from '../../commands/seed.ts';
import type { Edition } from '../../editions/edition.ts';
import { vendorEdition } from '../../editions/vendor.ts';
import { forgetPast } from '../../modules/notifications/index.ts';
import { openOffice } from '../office.ts';
import { moveTo, timeZone } from '../story.ts';
import { type Credentials, Fleet } from './fleet.ts';
import { houseName, nusaNet, type Provider, providers, vendorAdministrator } from './house.ts';
import { type KeyHolders, setUpKeys } from './keys.ts';
import { firstRelease, secondRelease, signedRelease } from './releases.ts';
import { furnishShop, type Shop, sellTo, takePayments } from './shop.ts';
import { fleetOf, type Vendor } from './simulate-fleet.ts';

const historyDays = 45;
/** So many days ago. */
const firstReleased = 44;
const secondReleased = 12;

const morning = 8 * 60;
const noon = 12 * 60;
const beatMinutes = 10;

/**
 * Makes a software house whose customers are providers, with six weeks of history: everything in the empty database was done by the use cases
 * and the API that serve afterwards. Gives undefined when told to stop in the middle.
 */
export async function makeVendor(process: Process, kit: Kit): Promise<Vendor | undefined> {
  const { repository } = process;
  const today = localDate(kit.clock.now(), timeZone);
  const first = today.subtract({ days: historyDays });
  await using story = await begin(kit, first, new Fleet([]));
  const { shop } = story;
  const progress = startProgress(process.terminal, `Making ${houseName}`, historyDays);
  progress.to(0);
  const keys = await setUpKeys(process, shop.kit);
  await furnishShop(shop);
  let installation: Credentials | undefined;
  for (let left = historyDays; left >= 0; left -= 1) {
    const date = today.subtract({ days: left }).toString();
    if (process.signal.aborted) return undefined;
    progress.to(historyDays - left, date);
    await liveDay(shop, date, async () => {
      for (const provider of providers.filter(({ since }) => since === left)) {
        const given = await arrive(shop, provider);
        if (provider === nusaNet) [installation] = given;
      }
      if (left === firstReleased) await (await signedRelease(repository, shop.kit, keys, firstRelease))();
      if (left === secondReleased) await rollOut(shop, date, keys, repository);
    });
  }
  progress.finish();
  if (installation === undefined) throw new Error(`${nusaNet.name} did not come.`);
  await rest(kit, shop.clock);
  const machines = shop.fleet.machines.map(({ version: _, ...credentials }) => credentials);
  return { lived: today.toString(), installation, machines };
}

/** Lives the days that are missing up to today. */
export async function goOnWithVendor(kit: Kit, vendor: Vendor): Promise<Vendor> {
  const today = localDate(kit.clock.now(), timeZone);
  const first = Temporal.PlainDate.from(vendor.lived).add({ days: 1 });
  const days = first.until(today).days;
  if (days >= 0) {
    await using story = await begin(kit, first, await fleetOf(kit, vendor));
    for (let day = 0; day <= days; day += 1)
      await liveDay(story.shop, first.add({ days: day }).toString(), async () => {});
  }
  await rest(kit);
  return days < 0 ? vendor : { ...vendor, lived: today.toString() };
}

async function begin(kit: Kit, first: Temporal.PlainDate, fleet: Fleet) {
  const clock = new SettableClock(first.toZonedDateTime({ timeZone }).toInstant().toString());
  const simulated: Kit = { ...kit, clock };
  await seed(simulated, vendorAdministrator, 'vendor');
  const edition = vendorEdition(simulated);
  const office = await openOffice(simulated, edition);
  const admin = await office.colleague(vendorAdministrator.email);
  const { send } = office;
  const shop: Shop = { kit: simulated, edition, clock, until: kit.clock.now(), admin, send, fleet };
  return { shop, [Symbol.asyncDispose]: () => office[Symbol.asyncDispose]() };
}

/** One local date: the nightly run, what happens in the morning, payments, and signs of life at noon. */
async function liveDay(shop: Shop, date: string, happens: () => Promise<void>): Promise<void> {
  if (!moveTo(shop, date, 5)) return;
  await shop.edition.runBilling();
  if (!moveTo(shop, date, morning)) return;
  await happens();
  await takePayments(shop, date);
  if (!moveTo(shop, date, noon)) return;
  await shop.fleet.beat(shop.send);
  await runJob(shop.edition, 'fleet.count');
}

async function arrive(shop: Shop, provider: Provider): Promise<readonly Credentials[]> {
  const given = await sellTo(shop, provider);
  if (provider === nusaNet)
    await new Fleet(given.map((each) => ({ ...each, version: firstRelease.version }))).greet(shop.send);
  else shop.fleet.add(provider, given);
  return given;
}

const stage = { soak_minutes: 30, least_judged: 80, most_failed: 20 };

/** The second release reaches the fleet in stages, within a day. */
async function rollOut(shop: Shop, date: string, keys: KeyHolders, repository: string): Promise<void> {
  const { admin } = shop;
  await shop.fleet.beat(shop.send);
  const known = await admin.call(fleetContract.listFleet, { query: { per_page: '100' } });
  const [first] = shop.fleet.machines;
  const pilot = known?.data.find(({ agent_code: code }) => code === first?.agent_code);
  await admin.call(fleetContract.updateFleetInstallation, {
    params: { id: pilot?.id ?? '' },
    body: { cohorts: ['pilot'] },
  });
  const publish = await signedRelease(repository, shop.kit, keys, secondRelease);
  const stages = [
    { ...stage, name: 'Percobaan', cohorts: ['pilot'] },
    { ...stage, name: 'Seperempat', percent: 25, most_failed: 50 },
    { ...stage, name: 'Semua', percent: 100 },
  ];
  const rollout = await admin.call(rollouts.createRollout, {
    body: { version: secondRelease.version, stages },
  });
  await publish();
  const params = { id: rollout?.id ?? '' };
  await admin.call(rollouts.startRollout, { params });
  for (let minute = morning; minute < noon; minute += beatMinutes) {
    moveTo(shop, date, minute);
    await shop.fleet.beat(shop.send);
    await runJob(shop.edition, 'fleet.rollouts');
    if ((await admin.call(rollouts.showRollout, { params }))?.state === 'done') return;
  }
  throw new Error('The rollout of the demo did not end.');
}

/** Nobody is told now of what was lived through so fast, and signatures that ended meanwhile are made anew. */
async function rest(kit: Kit, lived?: SettableClock): Promise<void> {
  if (lived !== undefined) await forgetPast(kit.db, instantText(lived.now()));
  await runJob(vendorEdition(kit), 'trust.watch');
}

async function runJob({ jobs }: Edition, named: string): Promise<void> {
  await jobs.find(({ name }) => name === named)?.run({}, new AbortController().signal);
}
