import type { Kit } from '#kit/kit.ts';
import { findRouter } from './queries.ts';
import { readWhere } from './read-where.ts';
import { withRouter } from './with-router.ts';

/**
 * The speed of users' sessions, upload/download, by the queues the router made for them; without those for whom it made none.
 * @throws {RouterosError}
 */
export async function sessionSpeeds(
  kit: Kit,
  routerId: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const router = await findRouter(kit.db, routerId);
  if (!router?.is_active) return new Map();
  const users = new Map<string, string>(
    names.flatMap((name) => [[`<pppoe-${name}>`, name] as const, [`<hotspot-${name}>`, name] as const]),
  );
  const asked = [...users.keys()].map((queue) => ['name', queue] as const);
  const rows = await withRouter(kit, router, (on) =>
    readWhere(on, '/queue/simple', ['.id', 'name', 'max-limit'], asked),
  );
  return new Map(
    rows.flatMap(({ name = '', 'max-limit': limit }) => {
      const user = users.get(name);
      return user === undefined || limit === undefined ? [] : [[user, limit] as const];
    }),
  );
}
