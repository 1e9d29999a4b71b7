import { customers, routers } from '#contract';
import type { Kit } from '#kit/kit.ts';
import type { Edition } from '../editions/edition.ts';
import { reconcileRouter } from '../modules/provisioning/index.ts';
import { administrator } from './found.ts';
import { type Colleague, openOffice } from './office.ts';
import type { Place } from './simulate-routers.ts';
import { type Site, siteOf, sites } from './sites.ts';

/**
 * Gives each site its router's settings, switched off: nobody speaks to a router while the past is being lived. What stood
 * there before is taken, such as the one that `seed` adds.
 */
export async function restRouters(admin: Colleague): Promise<ReadonlyMap<Site, string>> {
  const page = await admin.call(routers.listRouters, { query: { per_page: '100' } });
  const known = page?.data ?? [];
  const ids = new Map<Site, string>();
  for (const [index, site] of sites.entries()) {
    const found = known.find(({ name, is_default: isDefault }) => (index === 0 ? isDefault : name === site));
    const body = { name: site, host: `${site.toLowerCase()}.nusanet.example`, is_active: false };
    const router =
      found === undefined
        ? await admin.call(routers.createRouter, { body: { ...body, username: 'nadi', password: '' } })
        : await admin.call(routers.updateRouter, { params: { id: found.id }, body });
    if (router !== undefined) ids.set(site, router.id);
  }
  return ids;
}

/** Tells Nadi where the routers are now, and has it bring them in line: they were switched on with nothing of Nadi's on them. */
export async function connectRouters(kit: Kit, edition: Edition, places: readonly Place[]): Promise<void> {
  await using office = await openOffice(kit, edition);
  const admin = await office.colleague(administrator.email);
  const ids = await restRouters(admin);
  for (const { name, ...place } of places) {
    const id = ids.get(name) ?? '';
    await admin.call(routers.updateRouter, { params: { id }, body: { ...place, is_active: true } });
    await reconcileRouter(kit, id);
  }
}

/** Gives the branch's customers its router, who stand with the default one otherwise. */
export async function spreadCustomers(
  operator: Colleague,
  routerIds: ReadonlyMap<Site, string>,
): Promise<void> {
  const branch = routerIds.get('Cabang');
  let cursor: string | undefined;
  do {
    const query = { per_page: '100', ...(cursor === undefined ? {} : { cursor }) };
    const page = await operator.call(customers.listCustomers, { query });
    for (const { id, address, router_id: given } of page?.data ?? []) {
      if (given !== null || siteOf(address) !== 'Cabang') continue;
      await operator.call(customers.updateCustomer, { params: { id }, body: { router_id: branch } });
    }
    cursor = page?.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
