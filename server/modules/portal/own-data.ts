import { portal } from '#contract';
import { AppError } from '#kit/errors.ts';
import type { CustomerCall } from '#kit/http/call.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { linesOfInvoice, partsOfInvoice, taxesOfInvoice } from '../billing/index.ts';
import { invoicePdf, receiptPdf } from '../documents/index.ts';
import { confirmContact, sendContactCode, updateProfile } from './change-profile.ts';
import type { PortalHooks } from './hooks.ts';
import {
  findOwnInvoice,
  findService,
  isOwnPayment,
  listInvoiceRows,
  listPaymentRows,
  listServiceRows,
  type OwnService,
  paymentsOfOwnInvoice,
  readProfile,
} from './own-queries.ts';
import { payNow } from './pay-now.ts';

/** What customers see and do of their own. Every query takes the signed-in customer's id. */
export function ownRoutes(kit: Kit, hooks: PortalHooks) {
  const { db } = kit;
  const profile = async ({ customer }: CustomerCall) => {
    const found = await readProfile(db, customer.customerId);
    if (!found) throw new AppError('unauthenticated');
    return found;
  };
  const invoice = async ({ customer }: CustomerCall, id: string) => {
    const found = await findOwnInvoice(db, customer.customerId, id);
    if (!found) throw new AppError('not_found');
    return found;
  };
  const withLine = async <T extends OwnService>(rows: readonly T[]) => {
    const lines = await hooks.linesOf(
      db,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => {
      const line = lines.get(row.id);
      return { ...row, online: line?.online ?? null, online_since: line?.since ?? null };
    });
  };
  return routes(portal, {
    showOwnProfile: (_, call) => profile(call),
    updateOwnProfile: async ({ body }, call) => {
      await updateProfile(kit, call, body);
      return profile(call);
    },
    sendContactCode: ({ body }, call) => sendContactCode(kit, hooks, call, body),
    confirmContact: async ({ body }, call) => {
      await confirmContact(kit, call, body.code);
      return profile(call);
    },
    listOwnServices: async ({ query }, call) => {
      const found = await listServiceRows(db, call.customer.customerId, query);
      return paginate(call, query, { ...found, rows: await withLine(found.rows) }, (row) => row);
    },
    showOwnService: async ({ params }, { customer }) => {
      const found = await findService(db, customer.customerId, params.id);
      const [service] = await withLine(found ? [found] : []);
      if (!service) throw new AppError('not_found');
      return service;
    },
    listOwnInvoices: async ({ query }, call) =>
      paginate(call, query, await listInvoiceRows(db, call.customer.customerId, query), (row) => row),
    showOwnInvoice: async ({ params }, call) => {
      const found = await invoice(call, params.id);
      const [lines, parts, taxes, payments] = await Promise.all([
        linesOfInvoice(db, found.id),
        partsOfInvoice(db, found.id),
        taxesOfInvoice(db, found.id),
        paymentsOfOwnInvoice(db, call.customer.customerId, found.id),
      ]);
      return { ...found, lines, parts, taxes, payments };
    },
    ownInvoicePdf: async ({ params, query }, call) =>
      invoicePdf(db, (await invoice(call, params.id)).id, query),
    payOwnInvoice: async ({ params }, call) => payNow(kit, hooks, call, await invoice(call, params.id)),
    listOwnPayments: async ({ query }, call) =>
      paginate(call, query, await listPaymentRows(db, call.customer.customerId, query), (row) => row),
    ownReceiptPdf: async ({ params, query }, { customer }) => {
      if (!(await isOwnPayment(db, customer.customerId, params.id))) throw new AppError('not_found');
      return receiptPdf(db, params.id, query);
    },
  });
}
