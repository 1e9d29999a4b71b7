import { instantText } from '#kit/clock.ts';
import { type Db, inTransaction, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { RouterValueError } from '#routeros';
import { recordChanges } from '../audit/index.ts';
import type { CatalogHooks } from './hooks.ts';
import { presentPackage } from './present.ts';
import {
  deletePackageRow,
  insertPackage,
  lockPackage,
  type PackageRow,
  updatePackageRow,
} from './queries.ts';
import { rateLimitOf } from './rate-limit.ts';

export type PackageInput = {
  readonly [K in Exclude<keyof PackageRow, 'id' | 'rate_limit' | 'created_at' | 'updated_at'>]?:
    | PackageRow[K]
    | undefined;
};

/** Adds a package. A network type needs its bandwidth (decisions.md, Billing). */
export async function createPackage(
  kit: Kit,
  author: Author,
  input: PackageInput & Pick<PackageRow, 'name' | 'price' | 'type'>,
): Promise<PackageRow> {
  requireBandwidth(input.type, input.bandwidth);
  requireRate(input);
  const at = instantText(kit.clock.now());
  return inTransaction(kit.db, async (tx) => {
    const row = await insertPackage(tx, { ...input, id: newId(kit.clock), created_at: at, updated_at: at });
    await record(kit, tx, author, 'package.created', undefined, row);
    return row;
  });
}

/** @throws {AppError} not_found */
export async function updatePackage(
  kit: Kit,
  hooks: CatalogHooks,
  author: Author,
  id: string,
  input: PackageInput,
): Promise<PackageRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockPackage(tx, id);
    if (!before) throw new AppError('not_found');
    requireBandwidth(
      input.type ?? before.type,
      input.bandwidth === undefined ? before.bandwidth : input.bandwidth,
    );
    const at = instantText(kit.clock.now());
    const after = await updatePackageRow(tx, id, { ...input, updated_at: at });
    requireRate(after);
    await hooks.afterUpdated(tx, before, after, at);
    await record(kit, tx, author, 'package.updated', before, after);
    return after;
  });
}

/** @throws {AppError} not_found, package_in_use */
export async function deletePackage(kit: Kit, author: Author, id: string): Promise<void> {
  try {
    await inTransaction(kit.db, async (tx) => {
      const before = await lockPackage(tx, id);
      if (!before) throw new AppError('not_found');
      await deletePackageRow(tx, id);
      await record(kit, tx, author, 'package.deleted', before, undefined);
    });
  } catch (error) {
    const used = [
      'subscriptions_package_id_fkey',
      'subscriptions_next_package_id_fkey',
      'licenses_package_id_fkey',
    ];
    if (used.includes(violatedConstraint(error) ?? '')) throw new AppError('package_in_use');
    throw error;
  }
}

function requireBandwidth(type: string, bandwidth: string | null | undefined): void {
  if (type === 'license' || bandwidth) return;
  throw fieldError('bandwidth', {
    en: 'A pppoe, hotspot or static package needs a bandwidth like "10M/10M".',
    id: 'Paket pppoe, hotspot, atau static perlu bandwidth seperti "10M/10M".',
  });
}

/** A limit that routers would refuse, or take for something else, is refused here already. */
function requireRate({ type, bandwidth = null, burst = null, priority = null }: PackageInput): void {
  if (type === 'license' || bandwidth === null) return;
  try {
    rateLimitOf({ bandwidth, burst, priority });
  } catch (error) {
    if (!(error instanceof RouterValueError)) throw error;
    throw fieldError(burst === null ? 'bandwidth' : 'burst', {
      en: 'Routers would not take this. A burst limit lies above the bandwidth, and its threshold not above the limit.',
      id: 'Router tidak akan menerima ini. Batas burst harus di atas bandwidth, dan ambangnya tidak di atas batas itu.',
    });
  }
}

function record(
  kit: Kit,
  db: Db,
  author: Author,
  action: string,
  before: PackageRow | undefined,
  after: PackageRow | undefined,
): Promise<void> {
  return recordChanges(db, kit.clock, author, [
    {
      action,
      subjectType: 'package',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: presentPackage(before) } : {}),
      ...(after ? { after: presentPackage(after) } : {}),
    },
  ]);
}
