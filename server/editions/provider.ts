import { routersModule } from '../modules/routers/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition } from './edition.ts';

/** What an internet provider runs. */
export const providerEdition: BuildEdition = (kit) => businessEdition(kit, 'provider', [routersModule(kit)]);
