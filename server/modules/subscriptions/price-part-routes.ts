import { priceParts } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { listPartRows } from './price-part-queries.ts';
import { createAddon, createDiscount, endPart, presentDiscount } from './price-parts.ts';
import { findSubscription } from './queries.ts';

/** The endpoints of a subscription's discounts and add-ons. */
export function pricePartRoutes(kit: Kit) {
  const found = async (id: string) => {
    if (!(await findSubscription(kit.db, id))) throw new AppError('not_found');
    return id;
  };
  return routes(priceParts, {
    listDiscounts: async ({ params, query }, call) => {
      const rows = await listPartRows(kit.db, 'subscription_discounts', await found(params.id), query);
      return paginate(call, query, rows, presentDiscount);
    },
    createDiscount: async ({ params, body }, call) =>
      presentDiscount(await createDiscount(kit, call.author, params.id, body)),
    deleteDiscount: ({ params }, call) =>
      endPart(kit, call.author, 'subscription_discounts', params.id, params.discount_id),
    listAddons: async ({ params, query }, call) => {
      const rows = await listPartRows(kit.db, 'subscription_addons', await found(params.id), query);
      return paginate(call, query, rows, (row) => row);
    },
    createAddon: ({ params, body }, call) => createAddon(kit, call.author, params.id, body),
    deleteAddon: ({ params }, call) =>
      endPart(kit, call.author, 'subscription_addons', params.id, params.addon_id),
  });
}
