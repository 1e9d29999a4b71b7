import { businessEdition } from '../../server/editions/business.ts';
import type { BuildEdition } from '../../server/editions/edition.ts';
import { providerParts } from '../../server/editions/provider.ts';
import { vendorParts } from '../../server/editions/vendor.ts';
import { standInHooks } from './fleet-hooks.ts';

/** The modules of both editions in one server, so that what holds for every endpoint is tried once, with one set of things. */
export const wholeEdition: BuildEdition = (kit) => {
  const provider = providerParts(kit);
  const vendor = vendorParts(kit, standInHooks());
  return businessEdition(kit, 'provider', {
    own: (hooks) => [...provider.own(hooks), ...vendor.own(hooks)],
    hooks: {
      ...provider.hooks,
      onSubscriptionsChanged: (change) => [
        ...provider.hooks.onSubscriptionsChanged(change),
        ...vendor.hooks.onSubscriptionsChanged(change),
      ],
      afterPackageUpdated: async (tx, before, after, at) => {
        await provider.hooks.afterPackageUpdated(tx, before, after, at);
        await vendor.hooks.afterPackageUpdated(tx, before, after, at);
      },
    },
  });
};
