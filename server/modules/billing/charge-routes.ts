import { charges, preview } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { findSubscription } from '../subscriptions/index.ts';
import { cancelCharge, createCharge } from './change-charge.ts';
import { listChargeRows } from './charge-queries.ts';
import { presentCharge } from './present.ts';
import { nextInvoice, previewInvoice } from './preview-invoice.ts';

/** The endpoints of one-off charges, and of what invoices would be. */
export function chargeRoutes(kit: Kit) {
  const ofCharges = routes(charges, {
    listCharges: async ({ params, query }, call) => {
      if (!(await findSubscription(kit.db, params.id))) throw new AppError('not_found');
      return paginate(call, query, await listChargeRows(kit.db, params.id, query), presentCharge);
    },
    createCharge: async ({ params, body }, call) =>
      presentCharge(await createCharge(kit, call.author, params.id, body)),
    deleteCharge: ({ params }, call) => cancelCharge(kit, call.author, params.id, params.charge_id),
  });
  const ofPreviews = routes(preview, {
    previewInvoice: ({ body }) => previewInvoice(kit, body),
    showNextInvoice: ({ params }) => nextInvoice(kit, params.id),
  });
  return [...ofCharges, ...ofPreviews];
}
