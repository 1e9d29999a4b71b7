import type { Kit } from '#kit/kit.ts';
import { type FleetHooks, fleetModule, followMove, shownVersions } from '../modules/fleet/index.ts';
import {
  eraseLicensesOf,
  findCallers,
  hashCallerKey,
  type LicensingHooks,
  licensingHooks,
  licensingModule,
} from '../modules/licensing/index.ts';
import { proveAgain } from '../modules/portal/index.ts';
import {
  holdRelease,
  offerable,
  openBlob,
  patchFor,
  type ReleaseHooks,
  readBlob,
  releasesModule,
  releasesSigned,
  unholdRelease,
} from '../modules/releases/index.ts';
import {
  addTarget,
  askDirector,
  currentOnlineKey,
  documentsOf,
  forgetInstallation,
  metadataFiles,
  onlineKeys,
  publishTarget,
  removeTarget,
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
  readonly releases: ReleaseHooks;
  readonly fleet: FleetHooks;
}

/** What licenses and updates installations, beside the business. */
export function vendorParts(kit: Kit, other: Partial<VendorHooks> = {}): EditionParts {
  const hooks = vendorHooks(kit);
  return {
    own: () => [
      trustModule(kit, other.trust ?? hooks.trust),
      licensingModule(kit, other.licensing ?? hooks.licensing),
      releasesModule(kit, other.releases ?? hooks.releases),
      fleetModule(kit, other.fleet ?? hooks.fleet),
    ],
    hooks: { ...noHooks, ...licensingHooks, afterCustomersAnonymised: eraseLicensesOf },
  };
}

/** How they are given each other. */
export function vendorHooks(kit: Kit): VendorHooks {
  const fleet: FleetHooks = {
    hashKey: hashCallerKey,
    findCallers,
    offerable: async (db) =>
      (await offerable(kit, db)).flatMap(({ published_at: at, ...row }) =>
        at === null ? [] : [{ ...row, published_at: at }],
      ),
    patchFor: (from, to) => patchFor(kit, from, to, 'zip'),
    async deltaFor(from, to) {
      const patch = await patchFor(kit, from, to, 'delta');
      return patch?.kind === 'delta' ? patch : undefined;
    },
    openBlob: (hash, span) => openBlob(kit, hash, span),
    holdRelease: async (tx, author, id, reason) => void (await holdRelease(kit, tx, author, id, reason)),
    offerRelease: async (tx, author, id) => void (await unholdRelease(kit, tx, author, id)),
    askDirector: async (tx, kind, subject, payload) =>
      void (await askDirector(kit, tx, kind, subject, { ...payload })),
    signOnline: async (tx, kind, subject, payload) =>
      void (await signOnline(kit, tx, kind, subject, { ...payload })),
    documentsOf: (db, subjects) => documentsOf(kit, db, subjects),
  };
  return {
    trust: {
      readTarget: (hash) => readBlob(kit, hash),
      afterSigned: (tx, files, at) => releasesSigned(kit, tx, files, at),
    },
    licensing: {
      signer: { current: (db) => currentOnlineKey(kit, db), keys: (db) => onlineKeys(kit, db) },
      directivesOf: async (db, id) => (await documentsOf(kit, db, [id])).get(id) ?? [],
      proveAgain: (call, password) => proveAgain(kit, call, password),
      afterMoved: (tx, from, to) => followMove(kit, fleet, tx, from, to),
      afterGone: forgetInstallation,
    },
    releases: {
      trust: {
        addTarget: (tx, target) => addTarget(kit, tx, target),
        removeTarget: (tx, path) => removeTarget(kit, tx, path),
        publishTarget: (tx, target) => publishTarget(kit, tx, target),
        liveMetadata: metadataFiles,
      },
      callers: {
        hashKey: hashCallerKey,
        findCallers: (db, pairs) => findCallers(db, pairs, kit.clock.now().toString()),
      },
      shown: shownVersions(kit, fleet),
    },
    fleet,
  };
}
