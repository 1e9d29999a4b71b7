import type { Kit } from '#kit/kit.ts';
import { type Commander, equals, hotspotActive, itemsOf, pppActive } from '#routeros';
import { findRouter } from './queries.ts';
import { withRouter } from './with-router.ts';

type SessionKind = 'pppoe' | 'hotspot';

/**
 * Ends all sessions of a user, PPP and hotspot unless told which, and looks whether they are gone: an answer alone proves nothing. Who dials
 * again meanwhile has a new session. @throws {RouterosError}
 */
export async function endSessionsOn(
  on: Commander,
  name: string,
  kinds: readonly SessionKind[] = ['pppoe', 'hotspot'],
): Promise<{ readonly ended: number; readonly left: number }> {
  const [ppp, hotspot] = [itemsOf(on, pppActive), itemsOf(on, hotspotActive)];
  const menus = {
    pppoe: {
      find: () => ppp.print({ where: equals('name', name), fields: ['name'] }),
      remove: (ids: readonly string[]) => ppp.remove(ids),
    },
    hotspot: {
      find: () => hotspot.print({ where: equals('user', name), fields: ['user'] }),
      remove: (ids: readonly string[]) => hotspot.remove(ids),
    },
  };
  let [ended, left] = [0, 0];
  for (const { find, remove } of kinds.map((kind) => menus[kind])) {
    const ids = async () => (await find()).map((row) => row['.id']);
    const before = await ids();
    if (before.length === 0) continue;
    await remove(before);
    const after = new Set(await ids());
    ended += before.length;
    left += before.filter((id) => after.has(id)).length;
  }
  return { ended, left };
}

/** Ends the sessions of users; gives back those who have none on the router any more. @throws {RouterosError} */
export async function endedOnRouter(
  kit: Kit,
  routerId: string,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const router = await findRouter(kit.db, routerId);
  if (!router?.is_active) return new Set();
  return withRouter(kit, router, async (on) => {
    const left = await Promise.all(names.map(async (name) => (await endSessionsOn(on, name)).left));
    return new Set(names.filter((_, index) => left[index] === 0));
  });
}
