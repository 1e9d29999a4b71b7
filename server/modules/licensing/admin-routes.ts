import { licensing } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { addAgentCode, endInstallation } from './change-installation.ts';
import {
  createLicense,
  grantMoves,
  renewLicense,
  resumeLicense,
  revokeLicense,
  suspendLicense,
  updateLicense,
} from './change-license.ts';
import { createPlan, updatePlan } from './change-plan.ts';
import { drawKey } from './draw-key.ts';
import type { LicensingHooks } from './hooks.ts';
import { findInstallation, listInstallationRows } from './installation-queries.ts';
import { listLicenseRows, lockLicense } from './license-queries.ts';
import { findPlan, listPlanRows } from './plan-queries.ts';
import { presentInstallation, presentLicense, presentPlan } from './present.ts';
import { showLicense } from './show-license.ts';
import { transferLicense } from './transfer-license.ts';

/** The vendor's side: plans, licenses and installations. */
export function adminRoutes(kit: Kit, hooks: Pick<LicensingHooks, 'afterGone'>) {
  const { db } = kit;
  /** The license after something was done to it. */
  const shown = async (id: string, done: Promise<unknown>) => {
    await done;
    return showLicense(kit, id);
  };
  return routes(licensing, {
    listLicensePlans: async ({ query }, call) =>
      paginate(call, query, await listPlanRows(db, query), presentPlan),
    createLicensePlan: async ({ body }, call) => presentPlan(await createPlan(kit, call.author, body)),
    showLicensePlan: async ({ params }) => {
      const row = await findPlan(db, params.id);
      if (!row) throw new AppError('not_found');
      return presentPlan(row);
    },
    updateLicensePlan: async ({ params, body }, call) =>
      presentPlan(await updatePlan(kit, call.author, params.id, body)),
    listLicenses: async ({ query }, call) => {
      const at = instantText(kit.clock.now());
      return paginate(call, query, await listLicenseRows(db, query, at), presentLicense);
    },
    createLicense: async ({ body }, call) => showLicense(kit, await createLicense(kit, call.author, body)),
    showLicense: ({ params }) => showLicense(kit, params.id),
    updateLicense: ({ params, body }, { author }) =>
      shown(params.id, updateLicense(kit, author, params.id, body)),
    suspendLicense: ({ params, body }, { author }) =>
      shown(params.id, suspendLicense(kit, author, params.id, body.reason)),
    resumeLicense: ({ params }, { author }) => shown(params.id, resumeLicense(kit, author, params.id)),
    revokeLicense: ({ params, body }, { author }) =>
      shown(params.id, revokeLicense(kit, author, params.id, body.reason)),
    renewLicense: ({ params, body }, { author }) =>
      shown(params.id, renewLicense(kit, author, params.id, body.valid_until)),
    transferLicense: ({ params, body }, { author }) =>
      shown(params.id, transferLicense(kit, author, params.id, body)),
    drawLicenseKey: ({ params }, { author }) => drawKeyOf(kit, author, params.id),
    grantLicenseMoves: ({ params, body }, { author }) =>
      shown(params.id, grantMoves(kit, author, params.id, body)),
    addAgentCode: async ({ params }, call) =>
      presentInstallation(await addAgentCode(kit, call.author, params.id)),
    listInstallations: async ({ query }, call) =>
      paginate(call, query, await listInstallationRows(db, query), presentInstallation),
    showInstallation: async ({ params }) => {
      const row = await findInstallation(db, params.id);
      if (!row) throw new AppError('not_found');
      return presentInstallation(row);
    },
    endInstallation: async ({ params, body }, call) =>
      presentInstallation(await endInstallation(kit, hooks, call.author, params.id, body.reason)),
  });
}

/** Draws a new key for any license. @throws {AppError} not_found */
export function drawKeyOf(kit: Kit, author: Parameters<typeof drawKey>[2], id: string) {
  return inTransaction(kit.db, async (tx) => {
    const license = await lockLicense(tx, id, instantText(kit.clock.now()));
    if (!license) throw new AppError('not_found');
    return drawKey(kit, tx, author, license);
  });
}
