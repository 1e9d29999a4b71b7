import { payments } from '#contract';
import type { Db } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { findInvoice, presentInvoice } from '../billing/index.ts';
import { readOrganisation } from '../organisation/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { reversePayment, updatePayment } from './change-payment.ts';
import { presentPayment } from './present.ts';
import { findPayment, listPaymentRows, type PaymentRow, paymentsOfInvoice } from './queries.ts';
import { takePayment } from './take-payment.ts';

export { reversePayment } from './change-payment.ts';
export { cashOfPayments, closePaymentsStatements } from './drawer-queries.ts';
export { insertPastPayments, type PastPayment } from './past-queries.ts';
export { holdBalances, payFromBalance } from './pay-from-balance.ts';
export { payInvoiceFromBalance, payOpenInvoices } from './pay-invoice-from-balance.ts';
export { presentPayment } from './present.ts';
export { findPayment } from './queries.ts';
export { returnGatewayMoney } from './return-gateway-money.ts';
export { amountLeft, isMore } from './rules.ts';
export { takeGatewayMoney } from './take-gateway-money.ts';
export { keyUsed, takePayment } from './take-payment.ts';

/** The payments of an invoice as its answer shows them, oldest first. */
export async function presentedPaymentsOf(db: Db, invoiceId: string) {
  return (await paymentsOfInvoice(db, invoiceId)).map(presentPayment);
}

export function paymentsModule(kit: Kit, onChanged: OnSubscriptionsChanged): Module {
  return {
    name: 'payments',
    routes: routes(payments, {
      listPayments: async ({ query }, call) => {
        const { timezone } = await readOrganisation(kit.db);
        return paginate(call, query, await listPaymentRows(kit.db, query, timezone), presentPayment);
      },
      createPayment: async ({ body }, call) =>
        withInvoice(kit.db, await takePayment(kit, onChanged, call.author, body)),
      showPayment: async ({ params }) => {
        const row = await findPayment(kit.db, params.id);
        if (!row) throw new AppError('not_found');
        return withInvoice(kit.db, row);
      },
      updatePayment: async ({ params, body }, call) =>
        presentPayment(await updatePayment(kit, call.author, params.id, body.notes)),
      deletePayment: ({ params, query }, call) =>
        reversePayment(kit, call.author, params.id, query.reason ?? null),
    }),
  };
}

async function withInvoice(db: Db, row: PaymentRow) {
  const invoice = await findInvoice(db, row.invoice_id);
  if (!invoice) throw new AppError('not_found');
  return { ...presentPayment(row), invoice: presentInvoice(invoice) };
}
