import { sha256Hex } from '#kit/crypto.ts';
import type { Tx } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import type { Module } from '#kit/module.ts';
import { hashKey, parseKey } from '#license-token';
import type { CatalogHooks } from '../catalog/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { adminRoutes } from './admin-routes.ts';
import { refuseEndingAll } from './change-plan.ts';
import type { LicensingHooks } from './hooks.ts';
import { eraseSaidOf } from './installation-queries.ts';
import { ownRoutes } from './own-routes.ts';
import { licenseStatements, makeLicensesOf } from './subscription-queries.ts';
import { wireRoutes } from './wire/wire-routes.ts';

export { drawKeyOf } from './admin-routes.ts';
export { findCallers, licensesThatAre } from './caller-queries.ts';
export { createLicense, resumeLicense, revokeLicense, suspendLicense } from './change-license.ts';
export type { LicenseSigner, LicensingHooks } from './hooks.ts';
export { findLicense, type LicenseRow, listLicenseRows } from './license-queries.ts';
export { showLicense } from './show-license.ts';

/** What changes of the business mean to licenses. */
export const licensingHooks = {
  onSubscriptionsChanged: licenseStatements,
  afterPackageUpdated: async (tx, before, after, at) => {
    if (after.type === 'license' && before.type !== 'license') await makeLicensesOf(tx, after.id, at);
    if (after.type !== 'license' && before.type === 'license') await refuseEndingAll(tx, after.id);
  },
} as const satisfies {
  onSubscriptionsChanged: OnSubscriptionsChanged;
  afterPackageUpdated: CatalogHooks['afterUpdated'];
};

/** Erases what installations of customers said of people, whose personal details were erased. */
export const eraseLicensesOf = (tx: Tx, customerIds: readonly string[]): Promise<void> =>
  eraseSaidOf(tx, customerIds);

/** The hash by which a license key, however it was typed, or an installation's secret is known to {@link findCallers}. */
export function hashCallerKey(text: string): string {
  const parsed = parseKey(text);
  return 'key' in parsed ? hashKey(parsed.key) : sha256Hex(text.trim());
}

/** Licenses, and the installations that run on them. */
export function licensingModule(kit: Kit, hooks: LicensingHooks): Module {
  return {
    name: 'licensing',
    routes: [...adminRoutes(kit, hooks), ...wireRoutes(kit, hooks), ...ownRoutes(kit, hooks)],
  };
}
