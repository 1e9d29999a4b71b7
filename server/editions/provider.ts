import { provisioningHooks, provisioningModule } from '../modules/provisioning/index.ts';
import { checkChanged, checkPackage, type RadiusHooks, radiusModule } from '../modules/radius/index.ts';
import { endedOnRouter, routersModule, sessionSpeed } from '../modules/routers/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition } from './edition.ts';

/** What an internet provider runs. */
export const providerEdition: BuildEdition = (kit) => {
  const radiusHooks: RadiusHooks = {
    disconnectByApi: ({ router_id: router, username }) => endedOnRouter(kit, router, username),
    speedByApi: ({ router_id: router, username }) => sessionSpeed(kit, router, username),
  };
  return businessEdition(
    kit,
    'provider',
    [routersModule(kit, provisioningHooks.routers), provisioningModule(kit), radiusModule(kit, radiusHooks)],
    {
      ...provisioningHooks,
      onSubscriptionsChanged: (change) => [
        ...provisioningHooks.onSubscriptionsChanged(change),
        ...checkChanged(change),
      ],
      afterPackageUpdated: async (tx, before, after, at) => {
        await provisioningHooks.afterPackageUpdated(tx, before, after, at);
        await checkPackage(tx, before, after, at);
      },
    },
  );
};
