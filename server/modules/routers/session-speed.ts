import type { Kit } from '#kit/kit.ts';
import { equals, itemsOf, or, simpleQueues } from '#routeros';
import { findRouter } from './queries.ts';
import { withRouter } from './with-router.ts';

/**
 * The speed of a user's session, upload/download in bits per second, by the queue the router made for it; undefined where it
 * made none. @throws {RouterosError}
 */
export async function sessionSpeed(
  kit: Kit,
  routerId: string | null,
  name: string,
): Promise<string | undefined> {
  const router = routerId === null ? undefined : await findRouter(kit.db, routerId);
  if (!router?.is_active) return undefined;
  const queues = await withRouter(kit, router, (on) =>
    itemsOf(on, simpleQueues).print({
      where: or(equals('name', `<pppoe-${name}>`), equals('name', `<hotspot-${name}>`)),
      fields: ['max-limit'],
    }),
  );
  const limit = queues[0]?.['max-limit'];
  return limit === undefined ? undefined : `${limit.upload}/${limit.download}`;
}
