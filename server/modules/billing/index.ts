import { billing } from '#contract';
import type { Db } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import { findSubscription, presentSubscription } from '../subscriptions/index.ts';
import { updateInvoice, voidInvoice } from './change-invoice.ts';
import { chargeRoutes } from './charge-routes.ts';
import { createInvoice } from './create-invoice.ts';
import { creditNotesOfInvoice } from './credit-note-queries.ts';
import { creditNoteRoutes } from './credit-note-routes.ts';
import type { BillingHooks } from './hooks.ts';
import { issueDraft } from './issue-draft.ts';
import { billingRunJob } from './jobs.ts';
import { lifecycleRoutes } from './lifecycle-routes.ts';
import { partsOfInvoice } from './part-queries.ts';
import { presentBillingLog, presentCreditNote, presentInvoice } from './present.ts';
import {
  findInvoice,
  linesOfInvoice,
  listBillingLogRows,
  listInvoiceRows,
  taxesOfInvoice,
} from './queries.ts';
import { runRoutes } from './run-routes.ts';
import { waiveLateFee } from './waive-late-fee.ts';

export { pendingChargesOf } from './change-charge.ts';
export { changePackage } from './change-package.ts';
export { addChargesStatement } from './charge-queries.ts';
export type { BillingHooks } from './hooks.ts';
export { invoiceUsed } from './invoice-used.ts';
export { requestBillingRun } from './jobs.ts';
export { logSubscriptionChanges } from './log-changes.ts';
export { isOwed } from './owed-queries.ts';
export {
  eachPart,
  isFor,
  lockSubscriptionsOf,
  partsOfInvoice,
  subscriptionsOfInvoice,
} from './part-queries.ts';
export {
  applyPastAmounts,
  countedDays,
  insertPastInvoices,
  invoicesByNumber,
  lockInvoicesByNumber,
  type NumberedInvoice,
  type PastContext,
  type PastInvoice,
  taxFromBefore,
} from './past-queries.ts';
export { presentInvoice } from './present.ts';
export {
  findInvoice,
  type InvoiceRow,
  linesOfInvoice,
  lockInvoice,
  noteGatewayOrder,
  taxesOfInvoice,
} from './queries.ts';
export { previewBilling, type RunOptions, type RunResult, runBilling } from './run-billing.ts';
export { applyAmounts, resumeSettled, takeBack } from './settle-queries.ts';

export function billingModule(kit: Kit, readOnly: ReadOnlyMode, hooks: BillingHooks): Module {
  return {
    name: 'billing',
    jobs: [billingRunJob(kit, readOnly, hooks)],
    routes: [
      ...billingRoutes(kit, hooks),
      ...runRoutes(kit, hooks),
      ...chargeRoutes(kit),
      ...lifecycleRoutes(kit, hooks),
      ...creditNoteRoutes(kit, hooks),
    ],
  };
}

function billingRoutes(kit: Kit, hooks: BillingHooks) {
  const detail = (id: string) => invoiceDetail(kit.db, hooks, id);
  return routes(billing, {
    listInvoices: async ({ query }, call) =>
      paginate(call, query, await listInvoiceRows(kit.db, query), presentInvoice),
    createInvoice: async ({ body }, call) => detail((await createInvoice(kit, call.author, body)).id),
    showInvoice: ({ params }) => detail(params.id),
    updateInvoice: async ({ params, body }, call) =>
      detail((await updateInvoice(kit, call.author, params.id, body)).id),
    deleteInvoice: ({ params }, call) =>
      voidInvoice(kit, hooks.onSubscriptionsChanged, call.author, params.id),
    markInvoicePaid: async ({ params, body }, call) => {
      if (!(await findInvoice(kit.db, params.id))) throw new AppError('not_found');
      await hooks.payRest(call.author, params.id, body ?? {});
      return detail(params.id);
    },
    listBillingLogs: async ({ query }, call) =>
      paginate(call, query, await listBillingLogRows(kit.db, query), presentBillingLog),
    issueInvoice: async ({ params }, call) => {
      await issueDraft(kit, call.author, params.id);
      return detail(params.id);
    },
    waiveLateFee: async ({ params }, call) => {
      await waiveLateFee(kit, hooks.onSubscriptionsChanged, call.author, params.id);
      return detail(params.id);
    },
  });
}

async function invoiceDetail(db: Db, hooks: BillingHooks, id: string) {
  const invoice = await findInvoice(db, id);
  if (!invoice) throw new AppError('not_found');
  const [lines, parts, taxes, payments, credits, subscription] = await Promise.all([
    linesOfInvoice(db, id),
    partsOfInvoice(db, id),
    taxesOfInvoice(db, id),
    hooks.paymentsOf(db, id),
    creditNotesOfInvoice(db, id),
    invoice.subscription_id === null ? undefined : findSubscription(db, invoice.subscription_id),
  ]);
  return {
    ...presentInvoice(invoice),
    lines,
    parts,
    taxes,
    payments,
    credit_notes: credits.map(presentCreditNote),
    subscription: subscription ? presentSubscription(subscription) : null,
  };
}
