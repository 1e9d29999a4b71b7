import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, instant, line, moneyOut, positiveMoney } from './fields.ts';
import {
  gatewayNames,
  gatewayTransactionSchema,
  orderStatuses,
  paymentOrderSchema,
} from './gateway-schema.ts';
import { pageOf, pageQuery } from './page.ts';
import { idempotencyKey, paymentSchema } from './payment-schema.ts';
import { say } from './say.ts';

const tag = 'Payment orders';

export const gateways = {
  listPaymentOrders: endpoint({
    method: 'GET',
    path: '/api/payment-orders',
    tag,
    summary:
      'What customers were asked to pay online or by transfer, newest first; `held` has those that a person must look at',
    permission: 'payments:read',
    query: z.strictObject({
      ...pageQuery,
      gateway: z.enum(gatewayNames).optional(),
      status: z.enum(orderStatuses).optional(),
      invoice_id: id.optional(),
      order_id: line(50).optional(),
      /** The sum that arrived, to find whose transfer it is. */
      amount: positiveMoney.optional(),
      held: z.enum(['true']).optional(),
    }),
    status: 200,
    response: pageOf(paymentOrderSchema),
    errors: [],
  }),
  createPaymentOrder: endpoint({
    method: 'POST',
    path: '/api/payment-orders',
    tag,
    summary: 'Ask for the payment of an invoice through a gateway or by transfer',
    permission: 'payments:write',
    body: z.strictObject({ invoice_id: id, gateway: z.enum(gatewayNames) }),
    status: 201,
    response: paymentOrderSchema,
    errors: ['invoice_paid', 'invoice_cancelled', 'invoice_draft', 'gateway_off', 'gateway_trouble'],
    rateLimit: 300,
  }),
  showPaymentOrder: endpoint({
    method: 'GET',
    path: '/api/payment-orders/:id',
    tag,
    summary: 'A payment order with what the gateway said of its money',
    permission: 'payments:read',
    params: idParams,
    status: 200,
    response: paymentOrderSchema,
    errors: ['not_found'],
  }),
  checkPaymentOrder: endpoint({
    method: 'POST',
    path: '/api/payment-orders/:id/check',
    tag,
    summary: 'Ask the gateway now what became of a payment order',
    permission: 'payments:write',
    params: idParams,
    status: 200,
    response: paymentOrderSchema,
    errors: ['not_found', 'gateway_off', 'gateway_trouble'],
    rateLimit: 300,
  }),
  cancelPaymentOrder: endpoint({
    method: 'POST',
    path: '/api/payment-orders/:id/cancel',
    tag,
    summary: 'Take a payment order back, so that nobody pays it any more',
    permission: 'payments:write',
    params: idParams,
    status: 200,
    response: paymentOrderSchema,
    errors: ['not_found', 'order_not_open', 'gateway_off', 'gateway_trouble'],
    rateLimit: 300,
  }),
  receiveTransfer: endpoint({
    method: 'POST',
    path: '/api/payment-orders/:id/receive',
    tag,
    summary:
      'Note that the money of a transfer arrived; what is above the invoice goes to the customer’s balance',
    permission: 'payments:write',
    params: idParams,
    body: z.strictObject({
      /** What arrived; without it, what was asked. */
      amount: positiveMoney.optional(),
      /** The bank’s reference, if there is one. */
      reference: line(100).optional(),
    }),
    status: 200,
    response: paymentOrderSchema,
    errors: ['not_found', 'order_not_open'],
  }),
  resolvePaymentOrder: endpoint({
    method: 'POST',
    path: '/api/payment-orders/:id/resolve',
    tag,
    summary: 'Say what of a held transaction is the provider’s; the books follow',
    permission: 'payments:reverse',
    params: idParams,
    body: z.strictObject({
      transaction_id: line(100),
      /** What the provider has of it in the end; nothing is 0. */
      kept: z.union([positiveMoney, z.literal('0')]),
      reason: line(500),
    }),
    status: 200,
    response: paymentOrderSchema,
    errors: ['not_found', 'order_not_held'],
  }),
  refundPayment: endpoint({
    method: 'POST',
    path: '/api/payments/:id/refund',
    tag,
    summary: 'Give money back through the gateway it came by; invoice and subscription follow',
    permission: 'payments:reverse',
    params: idParams,
    body: z.strictObject({
      /** Without it, all that was not given back yet. */
      amount: positiveMoney.optional(),
      reason: line(255),
      idempotency_key: idempotencyKey,
    }),
    status: 200,
    response: paymentSchema,
    errors: ['not_found', 'payment_reversed', 'refund_not_possible', 'gateway_off', 'gateway_trouble'],
    rateLimit: 60,
  }),
  showPaymentLink: endpoint({
    method: 'GET',
    path: '/api/invoices/:id/payment-link',
    tag,
    summary: 'The address of the page on which anybody who has it can pay the invoice',
    permission: 'invoices:read',
    params: idParams,
    status: 200,
    response: z.object({ url: z.string() }),
    errors: ['not_found'],
  }),
  listGatewayInbox: endpoint({
    method: 'GET',
    path: '/api/gateway-inbox',
    tag,
    summary:
      'Notifications of gateways as they came, newest first; `kept` has those that nothing could be done with',
    permission: 'payments:read',
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(['waiting', 'done', 'kept']).optional(),
      order_id: line(50).optional(),
    }),
    status: 200,
    response: pageOf(
      z
        .object({
          id: z.string(),
          gateway: z.enum(gatewayNames),
          /** As text; bytes that are none are shown as �. */
          body: z.string(),
          ip: z.string().nullable(),
          verdict: z.enum(['genuine', 'forged', 'unreadable', 'too_large']),
          order_id: z.string().nullable(),
          status: z.string().nullable(),
          state: z.enum(['waiting', 'done', 'kept']),
          note: z.string().nullable(),
          /** Null where it is done with. */
          attempts: z.number().nullable(),
          created_at: instant,
        })
        .meta({ id: 'GatewayNotification' }),
    ),
    errors: [],
  }),
  showReconciliation: endpoint({
    method: 'GET',
    path: '/api/gateways/reconciliation',
    tag,
    summary:
      'What gateways say was paid against what stands in the books, by gateway, and every transaction that differs',
    permission: 'reports:read',
    query: z.strictObject({ from: date, to: date }).refine(({ from, to }) => from <= to, {
      path: ['to'],
      error: say(
        'Use a last day that is not before the first.',
        'Gunakan tanggal akhir yang tidak sebelum tanggal awal.',
      ),
    }),
    status: 200,
    response: z.object({
      from: z.string(),
      to: z.string(),
      gateways: z.array(
        z.object({
          gateway: z.enum(gatewayNames),
          transactions: z.number(),
          gross: moneyOut,
          /** What customers paid on top. */
          fees: moneyOut,
          credited: moneyOut,
          refunded: moneyOut,
          kept: moneyOut,
          booked: moneyOut,
          /** `kept` less `booked`: nothing, once all is well. */
          difference: moneyOut,
          unconfirmed: z.number(),
          held: z.number(),
        }),
      ),
      /** At most 500, the oldest first. */
      differing: z.array(
        gatewayTransactionSchema.extend({
          order_id: z.string(),
          gateway: z.enum(gatewayNames),
          invoice_id: z.uuid(),
        }),
      ),
    }),
    errors: [],
  }),
};
