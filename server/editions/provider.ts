import { checkChanged, type RadiusHooks, radiusModule } from '../modules/radius/index.ts';
import { routersModule } from '../modules/routers/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition } from './edition.ts';

/** What an internet provider runs. */
export const providerEdition: BuildEdition = (kit) => {
  // Nothing speaks the routers' own API yet.
  const radiusHooks: RadiusHooks = {};
  return businessEdition(kit, 'provider', {
    modules: [routersModule(kit), radiusModule(kit, radiusHooks)],
    onSubscriptionsChanged: checkChanged,
  });
};
