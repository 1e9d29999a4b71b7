import type { Kit } from '#kit/kit.ts';
import { fleetModule } from '../modules/fleet/index.ts';
import {
  eraseLicensesOf,
  type LicensingHooks,
  licensingHooks,
  licensingModule,
} from '../modules/licensing/index.ts';
import { proveAgain } from '../modules/portal/index.ts';
import { releasesModule } from '../modules/releases/index.ts';
import { currentOnlineKey, onlineKeys, type TrustHooks, trustModule } from '../modules/trust/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition, EditionParts } from './edition.ts';
import { noHooks } from './own-hooks.ts';

/** What the vendor runs: the same business, whose packages are licenses. */
export const vendorEdition: BuildEdition = (kit) => businessEdition(kit, 'vendor', vendorParts(kit));

/** What trust wants of the modules to its right. */
export function trustHooksOf(_kit: Kit): TrustHooks {
  return { readTarget: async () => undefined, afterSigned: async () => {} };
}

/** What licenses and updates installations, beside the business. */
export function vendorParts(kit: Kit, trustHooks: TrustHooks = trustHooksOf(kit)): EditionParts {
  const hooks: LicensingHooks = {
    signer: { current: (db) => currentOnlineKey(kit, db), known: (db) => onlineKeys(kit, db) },
    directivesOf: async () => [],
    proveAgain: (call, password) => proveAgain(kit, call, password),
  };
  return {
    own: () => [
      trustModule(kit, trustHooks),
      licensingModule(kit, hooks),
      releasesModule(kit),
      fleetModule(kit),
    ],
    hooks: { ...noHooks, ...licensingHooks, afterCustomersAnonymised: eraseLicensesOf },
  };
}
