import type { Kit } from '#kit/kit.ts';
import { Remembered } from '#kit/remembered.ts';
import { equals, hotspotActive, itemsOf, pppActive, type RouterConnection, RouterosError } from '#routeros';
import { findRouter, withRouter } from '../routers/index.ts';
import { isolatedNamed, routersWithIsolated } from './isolated-queries.ts';

/** How long an answer is remembered: phones ask for several pages at once, and again while nothing changed. */
const rememberedMs = 20_000;
const mostRemembered = 10_000;
/** More addresses than that are not looked for at one time, whoever asks: routers have other work. */
const mostAtOnce = 8;
const patienceMs = 3000;

/**
 * Tells which isolated subscription has an IP address now, by asking the routers that isolate somebody; undefined where none
 * of them says so, two do, or too much is asked at once. What was seen before does not count: pools give addresses to others.
 */
export function isolatedAt(kit: Kit): (address: string) => Promise<string | undefined> {
  const known = new Remembered<Promise<string | undefined>>(mostRemembered, rememberedMs);
  let running = 0;
  return async (address) => {
    const now = kit.clock.now().epochMilliseconds;
    const before = known.recall(address, now);
    if (before !== undefined) return before;
    if (running >= mostAtOnce) return undefined;
    running += 1;
    const found = askAll(kit, address).finally(() => {
      running -= 1;
    });
    known.remember(address, found, now);
    return found;
  };
}

async function askAll(kit: Kit, address: string): Promise<string | undefined> {
  const routers = await routersWithIsolated(kit.db);
  const found = await Promise.all(routers.map((id) => askOne(kit, id, address)));
  const [first, ...others] = new Set(found.flat());
  return others.length === 0 ? first : undefined;
}

async function askOne(kit: Kit, routerId: string, address: string): Promise<readonly string[]> {
  const router = await findRouter(kit.db, routerId);
  if (!router?.is_active) return [];
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const names = await withRouter(kit, router, (on) => namesAt(on, address), patience);
    return await isolatedNamed(kit.db, routerId, names);
  } catch (error) {
    // A router that does not answer tells of nobody; that it does not is told elsewhere.
    if (error instanceof RouterosError || patience.aborted) return [];
    throw error;
  }
}

async function namesAt(on: RouterConnection, address: string): Promise<readonly string[]> {
  const where = equals('address', address);
  const [ppp, hotspot] = await Promise.all([
    itemsOf(on, pppActive).print({ where, fields: ['name'] }),
    itemsOf(on, hotspotActive).print({ where, fields: ['user'] }),
  ]);
  return [...ppp.map(({ name }) => name), ...hotspot.map(({ user }) => user)];
}
