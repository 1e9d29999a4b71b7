import { sha256Hex } from '#kit/crypto.ts';
import type { Kit } from '#kit/kit.ts';
import { type FleetHooks, fleetModule } from '../modules/fleet/index.ts';
import { licensingModule } from '../modules/licensing/index.ts';
import { releasesModule } from '../modules/releases/index.ts';
import { trustModule } from '../modules/trust/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition, EditionParts } from './edition.ts';
import { noHooks } from './own-hooks.ts';

/** What the vendor runs: the same business, whose packages are licenses. */
export const vendorEdition: BuildEdition = (kit) => businessEdition(kit, 'vendor', vendorParts(kit));

/** What licenses and updates installations, beside the business. */
export function vendorParts(kit: Kit, fleet: FleetHooks = unjoined): EditionParts {
  return {
    own: () => [trustModule(kit), licensingModule(kit), releasesModule(kit), fleetModule(kit, fleet)],
    hooks: noHooks,
  };
}

/** Before licenses, releases and signatures are there nobody is known, and nothing is offered. */
const unjoined: FleetHooks = {
  hashKey: sha256Hex,
  findCallers: async (_db, pairs) => pairs.map(() => undefined),
  offerable: async () => [],
  patchFor: async () => undefined,
  openBlob: async () => undefined,
  holdRelease: async () => {},
  offerRelease: async () => {},
  askDirector: async () => {},
  signOnline: async () => {},
  documentsOf: async () => new Map(),
};
