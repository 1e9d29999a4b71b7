import type { Kit } from '#kit/kit.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition, Edition, EditionParts } from './edition.ts';
import { providerParts } from './provider.ts';
import { vendorParts } from './vendor.ts';

/**
 * The modules of both editions, for commands that may be run on either database: each has the tables of both, and what changes the
 * business there must be told to whoever follows it.
 */
export const wholeEdition: BuildEdition = (kit) => wholeOf(kit, vendorParts(kit));

/** As {@link wholeEdition}, with the vendor's part given. */
export function wholeOf(kit: Kit, vendor: EditionParts): Edition {
  const provider = providerParts(kit);
  return businessEdition(kit, 'provider', {
    own: (hooks) => [...provider.own(hooks), ...vendor.own(hooks)],
    hooks: {
      ...provider.hooks,
      afterCustomersAnonymised: vendor.hooks.afterCustomersAnonymised,
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
}
