import { z } from 'zod';
import { endpoint, rawBody } from './endpoint.ts';
import { id, instant, line } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';

const orderParams = z.strictObject({ orderId: line(50) });
const midtransTag = 'Midtrans';
const failed = { success: z.boolean(), message: z.string().optional() };

/** Where a gateway tells what happened: whatever comes is taken as it is. */
const door = {
  method: 'POST',
  permission: 'public',
  body: rawBody,
  rawBody: 1024 * 1024,
  status: 200,
  response: z.object({ success: z.boolean(), status: z.string() }),
  errors: ['not_genuine', 'invalid_json', 'body_too_large', 'gateway_off'],
  allowedReadOnly: true,
  rateLimit: 120_000,
} as const;

/** Paths and answers of spec 3 (MidtransController): what is in the way is said with 200 and `success` false. */
export const midtrans = {
  createMidtransToken: endpoint({
    method: 'POST',
    path: '/api/midtrans/create-token',
    tag: midtransTag,
    summary: 'A Snap token with which an invoice can be paid',
    permission: 'payments:write',
    body: z.strictObject({ invoice_id: id }),
    status: 200,
    response: z.object({
      ...failed,
      snap_token: z.string().optional(),
      order_id: z.string().optional(),
      redirect_url: z.string().optional(),
    }),
    errors: [],
    rateLimit: 300,
  }),
  receiveMidtransNotification: endpoint({
    ...door,
    path: '/api/midtrans/notification',
    tag: midtransTag,
    summary: 'For Midtrans: stored as it comes, and worked on afterwards',
  }),
  showMidtransStatus: endpoint({
    method: 'GET',
    path: '/api/midtrans/status/:orderId',
    tag: midtransTag,
    summary: 'What Midtrans says of an order now; the books follow',
    permission: 'payments:read',
    params: orderParams,
    status: 200,
    response: z.object({ ...failed, data: z.record(z.string(), z.unknown()).optional() }),
    errors: ['not_found'],
    rateLimit: 300,
  }),
  cancelMidtransOrder: endpoint({
    method: 'POST',
    path: '/api/midtrans/cancel/:orderId',
    tag: midtransTag,
    summary: 'Cancel an order at Midtrans',
    permission: 'payments:write',
    params: orderParams,
    status: 200,
    response: z.object({ ...failed, data: z.record(z.string(), z.unknown()).optional() }),
    errors: ['not_found'],
    rateLimit: 300,
  }),
  listMidtransLogs: endpoint({
    method: 'GET',
    path: '/api/midtrans-logs',
    tag: midtransTag,
    summary: 'What Midtrans was asked and told, newest first',
    permission: 'payments:read',
    query: z.strictObject({
      ...pageQuery,
      order_id: line(50).optional(),
      event: z.enum(['create', 'notification', 'status_check', 'cancel', 'refund']).optional(),
    }),
    status: 200,
    response: pageOf(
      z
        .object({
          id: z.uuid(),
          invoice_id: z.uuid().nullable(),
          order_id: z.string(),
          transaction_id: z.string().nullable(),
          event: z.enum(['create', 'notification', 'status_check', 'cancel', 'refund']),
          status: z.string().nullable(),
          request: z.unknown(),
          response: z.unknown(),
          created_at: instant,
          updated_at: instant,
        })
        .meta({ id: 'MidtransLog' }),
    ),
    errors: [],
  }),
};

export const xendit = {
  receiveXenditCallback: endpoint({
    ...door,
    path: '/api/xendit/callback',
    tag: 'Xendit',
    summary: 'For Xendit: stored as it comes, and worked on afterwards',
  }),
};
