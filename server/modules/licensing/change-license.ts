import { instantText } from '#kit/clock.ts';
import { type Db, inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findPackage } from '../catalog/index.ts';
import { lockCustomer } from '../customers/index.ts';
import {
  findLicense,
  insertLicense,
  type LicenseRow,
  lockLicense,
  startOfDay,
  updateLicenseRow,
} from './license-queries.ts';
import { presentLicense } from './present.ts';

interface OwnTerms {
  readonly features?: Readonly<Record<string, boolean>> | undefined;
  readonly limits?: Readonly<Record<string, number>> | undefined;
  readonly max_nodes?: number | null | undefined;
}

/** Gives a customer a license by hand. @throws {AppError} validation_failed naming `customer_id` or `package_id` */
export async function createLicense(
  kit: Kit,
  author: Author,
  input: OwnTerms & {
    readonly customer_id: string;
    readonly package_id: string;
    /** The first local day that is not paid. */
    readonly valid_until?: string | null | undefined;
  },
): Promise<string> {
  const id = newId(kit.clock);
  const at = instantText(kit.clock.now());
  await inTransaction(kit.db, async (tx) => {
    await requireCustomer(tx, input.customer_id);
    await requireLicensePackage(tx, input.package_id);
    await insertLicense(tx, {
      ...ownColumns(input),
      id,
      customer_id: input.customer_id,
      package_id: input.package_id,
      valid_until: input.valid_until == null ? null : await startOfDay(tx, input.valid_until),
      created_at: at,
      updated_at: at,
    });
    await recordLicense(kit, tx, author, 'license.created', id);
  });
  return id;
}

/** @throws {AppError} not_found, license_of_subscription, validation_failed naming `package_id` */
export async function updateLicense(
  kit: Kit,
  author: Author,
  id: string,
  input: OwnTerms & { readonly package_id?: string | undefined },
): Promise<void> {
  const { package_id: packageId } = input;
  await changeLicense(kit, author, id, 'license.updated', async (tx, before, at) => {
    if (packageId !== undefined) {
      if (before.subscription_id !== null) throw new AppError('license_of_subscription');
      await requireLicensePackage(tx, packageId);
    }
    const moved = packageId === undefined ? {} : { package_id: packageId };
    await updateLicenseRow(tx, id, { ...ownColumns(input), ...moved, updated_at: at });
  });
}

/** Suspends it whatever its subscription does. @throws {AppError} not_found; license_state where it was revoked */
export async function suspendLicense(kit: Kit, author: Author, id: string, reason: string): Promise<void> {
  await changeLicense(kit, author, id, 'license.suspended', async (tx, before, at) => {
    if (before.decided === 'revoked') throw new AppError('license_state');
    await updateLicenseRow(tx, id, { decided: 'suspended', status_reason: reason, updated_at: at });
  });
}

/** Lifts what a person suspended or revoked; done again it changes nothing. @throws {AppError} not_found */
export async function resumeLicense(kit: Kit, author: Author, id: string): Promise<void> {
  await changeLicense(kit, author, id, 'license.resumed', async (tx, before, at) => {
    if (before.decided === 'active') return;
    await updateLicenseRow(tx, id, { decided: 'active', status_reason: null, updated_at: at });
  });
}

/** @throws {AppError} not_found */
export async function revokeLicense(kit: Kit, author: Author, id: string, reason: string): Promise<void> {
  await changeLicense(kit, author, id, 'license.revoked', (tx, _before, at) =>
    updateLicenseRow(tx, id, { decided: 'revoked', status_reason: reason, updated_at: at }),
  );
}

/** Sets the first local day that is not paid; null is for ever. @throws {AppError} not_found, license_of_subscription */
export async function renewLicense(
  kit: Kit,
  author: Author,
  id: string,
  until: string | null,
): Promise<void> {
  await changeLicense(kit, author, id, 'license.renewed', async (tx, before, at) => {
    if (before.subscription_id !== null) throw new AppError('license_of_subscription');
    const validUntil = until === null ? null : await startOfDay(tx, until);
    await updateLicenseRow(tx, id, { valid_until: validUntil, updated_at: at });
  });
}

/** Grants further moves. @throws {AppError} not_found */
export async function grantMoves(
  kit: Kit,
  author: Author,
  id: string,
  { count, reason }: { readonly count: number; readonly reason: string },
): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const at = instantText(kit.clock.now());
    const before = await lockLicense(tx, id, at);
    if (!before) throw new AppError('not_found');
    await updateLicenseRow(tx, id, { extra_moves: before.extra_moves + count, updated_at: at });
    await recordChanges(tx, kit.clock, author, [
      { action: 'license.moves_granted', subjectType: 'license', subjectId: id, after: { count, reason } },
    ]);
  });
}

/** Locks a license, lets `change` change it, and records what differs. @throws {AppError} not_found */
export async function changeLicense(
  kit: Kit,
  author: Author,
  id: string,
  action: string,
  change: (tx: Tx, before: LicenseRow, at: string) => Promise<void>,
): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const at = instantText(kit.clock.now());
    const before = await lockLicense(tx, id, at);
    if (!before) throw new AppError('not_found');
    await change(tx, before, at);
    await recordLicense(kit, tx, author, action, id, before);
  });
}

async function recordLicense(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  id: string,
  before?: LicenseRow,
): Promise<void> {
  const after = await findLicense(tx, id, instantText(kit.clock.now()));
  if (!after) throw new Error('The license was not written.');
  await recordChanges(tx, kit.clock, author, [
    {
      action,
      subjectType: 'license',
      subjectId: id,
      ...(before ? { before: presentLicense(before) } : {}),
      after: presentLicense(after),
    },
  ]);
}

/** @throws {AppError} validation_failed naming `customer_id` */
export async function requireCustomer(tx: Tx, id: string): Promise<void> {
  const customer = await lockCustomer(tx, id);
  if (customer && customer.anonymised_at === null) return;
  throw fieldError('customer_id', { en: 'There is no such customer.', id: 'Pelanggan ini tidak ada.' });
}

/** @throws {AppError} validation_failed naming `package_id` */
export async function requireLicensePackage(db: Db, id: string): Promise<void> {
  const found = await findPackage(db, id);
  if (found?.type === 'license') return;
  throw fieldError('package_id', {
    en: found ? 'This package is not of the type license.' : 'There is no such package.',
    id: found ? 'Paket ini bukan jenis license.' : 'Paket ini tidak ada.',
  });
}

/** JSON columns take text. */
function ownColumns({ features, limits, max_nodes: nodes }: OwnTerms) {
  return {
    ...(features === undefined ? {} : { features: JSON.stringify(features) }),
    ...(limits === undefined ? {} : { limits: JSON.stringify(limits) }),
    ...(nodes === undefined ? {} : { max_nodes: nodes }),
  };
}
