import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { requireLicensePackage } from './change-license.ts';
import { findPlan, insertPlan, isLicensedBy, lockPlan, type PlanRow, updatePlanRow } from './plan-queries.ts';
import { presentPlan } from './present.ts';

export interface PlanInput {
  readonly features?: Readonly<Record<string, boolean>> | undefined;
  readonly limits?: Readonly<Record<string, number>> | undefined;
  readonly max_nodes?: number | undefined;
  readonly overage?: PlanRow['overage'] | undefined;
  readonly free_moves?: number | undefined;
  readonly min_app_version?: string | null | undefined;
}

/** Gives a package of the type license its plan. @throws {AppError} validation_failed, license_plan_exists */
export async function createPlan(
  kit: Kit,
  author: Author,
  { package_id: packageId, ...input }: PlanInput & { readonly package_id: string },
): Promise<PlanRow> {
  try {
    return await inTransaction(kit.db, async (tx) => {
      await requireLicensePackage(tx, packageId);
      const at = instantText(kit.clock.now());
      await insertPlan(tx, { ...columns(input), package_id: packageId, created_at: at, updated_at: at });
      return recorded(kit, tx, author, packageId, undefined);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'license_plans_pkey') throw new AppError('license_plan_exists');
    throw error;
  }
}

/** Fields left out stay as they are. @throws {AppError} not_found */
export function updatePlan(kit: Kit, author: Author, packageId: string, input: PlanInput): Promise<PlanRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockPlan(tx, packageId);
    if (!before) throw new AppError('not_found');
    await updatePlanRow(tx, packageId, { ...columns(input), updated_at: instantText(kit.clock.now()) });
    return recorded(kit, tx, author, packageId, before);
  });
}

/** JSON columns take text. */
function columns({ features, limits, min_app_version: least, ...input }: PlanInput) {
  return {
    ...input,
    ...(least === undefined ? {} : { min_app_version: least }),
    ...(features === undefined ? {} : { features: JSON.stringify(features) }),
    ...(limits === undefined ? {} : { limits: JSON.stringify(limits) }),
  };
}

async function recorded(
  kit: Kit,
  tx: Parameters<Parameters<typeof inTransaction>[1]>[0],
  author: Author,
  packageId: string,
  before: PlanRow | undefined,
): Promise<PlanRow> {
  const after = await findPlan(tx, packageId);
  if (!after) throw new Error('The plan was not written.');
  await recordChanges(tx, kit.clock, author, [
    {
      action: before ? 'license_plan.updated' : 'license_plan.created',
      subjectType: 'package',
      subjectId: packageId,
      ...(before ? { before: presentPlan(before) } : {}),
      after: presentPlan(after),
    },
  ]);
  return after;
}

/** A package that installations run on stays one of licenses: all of them would stop at once. @throws {AppError} validation_failed */
export async function refuseEndingAll(tx: Tx, packageId: string): Promise<void> {
  if (!(await isLicensedBy(tx, packageId))) return;
  throw fieldError('type', {
    en: 'Installations run on licenses of this package. Give those licenses another package first.',
    id: 'Ada instalasi yang berjalan dengan lisensi paket ini. Pindahkan dulu lisensi itu ke paket lain.',
  });
}
