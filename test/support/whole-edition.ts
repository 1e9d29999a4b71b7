import type { BuildEdition } from '../../server/editions/edition.ts';
import { vendorHooks, vendorParts } from '../../server/editions/vendor.ts';
import { wholeOf } from '../../server/editions/whole.ts';
import { standInHooks } from './fleet-hooks.ts';

/** A file of the store, where no release has put one. */
export const standInTarget = Buffer.from('{}\n');

/** The modules of both editions in one server, so that what holds for every endpoint is tried once, with one set of things. */
export const wholeEdition: BuildEdition = (kit) =>
  wholeOf(
    kit,
    vendorParts(kit, {
      trust: { ...vendorHooks(kit).trust, readTarget: async () => standInTarget },
      // Releases count as signed as soon as an example says so.
      releases: {
        ...vendorHooks(kit).releases,
        trust: {
          addTarget: async () => true,
          removeTarget: async () => {},
          publishTarget: async () => {},
          liveMetadata: async () => [],
        },
      },
      fleet: standInHooks(kit),
    }),
  );
