import type { Kit } from '#kit/kit.ts';
import { type FleetHooks, fleetModule } from '../modules/fleet/index.ts';
import {
  eraseLicensesOf,
  findCallers,
  hashCallerKey,
  type LicensingHooks,
  licensingHooks,
  licensingModule,
} from '../modules/licensing/index.ts';
import { proveAgain } from '../modules/portal/index.ts';
import { releasesModule } from '../modules/releases/index.ts';
import {
  askDirector,
  currentOnlineKey,
  documentsOf,
  onlineKeys,
  signOnline,
  type TrustHooks,
  trustModule,
} from '../modules/trust/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition, EditionParts } from './edition.ts';
import { noHooks } from './own-hooks.ts';

/** What the vendor runs: the same business, whose packages are licenses. */
export const vendorEdition: BuildEdition = (kit) => businessEdition(kit, 'vendor', vendorParts(kit));

/** What the vendor's modules ask of each other. */
export interface VendorHooks {
  readonly trust: TrustHooks;
  readonly licensing: LicensingHooks;
  readonly fleet: FleetHooks;
}

/** What licenses and updates installations, beside the business. */
export function vendorParts(kit: Kit, other: Partial<VendorHooks> = {}): EditionParts {
  const { trust = trustHooksOf(kit), licensing = licensingHooksOf(kit), fleet = fleetHooksOf(kit) } = other;
  return {
    own: () => [
      trustModule(kit, trust),
      licensingModule(kit, licensing),
      releasesModule(kit),
      fleetModule(kit, fleet),
    ],
    hooks: { ...noHooks, ...licensingHooks, afterCustomersAnonymised: eraseLicensesOf },
  };
}

export function trustHooksOf(_kit: Kit): TrustHooks {
  return { readTarget: async () => undefined, afterSigned: async () => {} };
}

function licensingHooksOf(kit: Kit): LicensingHooks {
  return {
    signer: { current: (db) => currentOnlineKey(kit, db), known: (db) => onlineKeys(kit, db) },
    directivesOf: async (db, id) => (await documentsOf(kit, db, [id])).get(id) ?? [],
    proveAgain: (call, password) => proveAgain(kit, call, password),
  };
}

function fleetHooksOf(kit: Kit): FleetHooks {
  return {
    hashKey: hashCallerKey,
    findCallers,
    offerable: async () => [],
    patchFor: async () => undefined,
    openBlob: async () => undefined,
    holdRelease: async () => {},
    offerRelease: async () => {},
    askDirector: async (tx, kind, subject, payload) =>
      void (await askDirector(kit, tx, kind, subject, { ...payload })),
    signOnline: async (tx, kind, subject, payload) =>
      void (await signOnline(kit, tx, kind, subject, { ...payload })),
    documentsOf: (db, subjects) => documentsOf(kit, db, subjects),
  };
}
