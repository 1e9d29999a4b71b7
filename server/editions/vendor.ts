import { sha256Hex } from '#kit/crypto.ts';
import type { Kit } from '#kit/kit.ts';
import { fleetModule } from '../modules/fleet/index.ts';
import { licensingModule } from '../modules/licensing/index.ts';
import { type ReleaseHooks, releasesModule } from '../modules/releases/index.ts';
import { trustModule } from '../modules/trust/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition, EditionParts } from './edition.ts';
import { noHooks } from './own-hooks.ts';

/** What the vendor runs: the same business, whose packages are licenses. */
export const vendorEdition: BuildEdition = (kit) => businessEdition(kit, 'vendor', vendorParts(kit));

/** What licenses and updates installations, beside the business. */
export function vendorParts(kit: Kit): EditionParts {
  return {
    own: () => [
      trustModule(kit),
      licensingModule(kit),
      releasesModule(kit, releaseHooks(kit)),
      fleetModule(kit),
    ],
    hooks: noHooks,
  };
}

/** What releases need of those who sign and of those who know the installations. */
export function releaseHooks(_kit: Kit): ReleaseHooks {
  return {
    // Before signatures and licenses are there nobody vouches for a release, and nobody is known.
    trust: {
      addTarget: async () => {},
      removeTarget: async () => {},
      publishTarget: async () => {},
      liveMetadata: async () => [],
    },
    callers: { hashKey: sha256Hex, findCallers: async (_db, pairs) => pairs.map(() => undefined) },
  };
}
