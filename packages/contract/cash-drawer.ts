import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, idParams, instant, money, moneyOut, note } from './fields.ts';
import { movementKinds } from './funds.ts';
import { pageOf, pageQuery } from './page.ts';

export const cashItemSchema = z.object({
  kind: z.enum(['payment', 'payment_reversed', ...movementKinds]),
  /** Of the payment or the movement. */
  id: z.uuid(),
  /** Received; below zero, paid out. */
  amount: moneyOut,
  customer_id: z.uuid(),
  customer_name: z.string(),
  receipt_number: z.string().nullable(),
  created_at: instant,
});

export const cashDrawerSchema = z.object({
  /** What must lie in the drawer: received less paid out. */
  expected: moneyOut,
  received: moneyOut,
  paid_out: moneyOut,
  item_count: z.number(),
  /** When it was last closed. */
  closed_at: instant.nullable(),
  /** Newest first; of more than a thousand, the newest. */
  items: z.array(cashItemSchema),
});

export const cashClosingSchema = z
  .object({
    id: z.uuid(),
    user_id: z.uuid().nullable(),
    user_name: z.string().nullable(),
    received: moneyOut,
    paid_out: moneyOut,
    expected: moneyOut,
    counted: moneyOut,
    /** Counted less expected: below zero, money is missing. */
    difference: moneyOut,
    item_count: z.number(),
    notes: z.string().nullable(),
    created_at: instant,
  })
  .meta({ id: 'CashClosing' });

export const cashDrawer = {
  showCashDrawer: endpoint({
    method: 'GET',
    path: '/api/cash-drawer',
    tag: 'Cash drawer',
    summary: 'The cash I received, less what I paid out, since I last closed my drawer',
    permission: 'payments:read',
    status: 200,
    response: cashDrawerSchema,
    errors: [],
  }),
  closeCashDrawer: endpoint({
    method: 'POST',
    path: '/api/cash-drawer/close',
    tag: 'Cash drawer',
    summary: 'Count and close my drawer; what is in it is in no other closing',
    permission: 'payments:write',
    body: z.strictObject({ counted: money, notes: note().optional() }),
    status: 201,
    response: cashClosingSchema,
    errors: ['drawer_empty'],
  }),
  showUserCashDrawer: endpoint({
    method: 'GET',
    path: '/api/users/:id/cash',
    tag: 'Cash drawer',
    summary: 'The cash somebody received, less what was paid out, since the drawer was last closed',
    permission: 'cash:read',
    params: idParams,
    status: 200,
    response: cashDrawerSchema,
    errors: ['not_found'],
  }),
  closeUserCashDrawer: endpoint({
    method: 'POST',
    path: '/api/users/:id/cash/close',
    tag: 'Cash drawer',
    summary: 'Count and close the drawer of somebody who does not, because of leaving for example',
    permission: 'cash:close',
    params: idParams,
    body: z.strictObject({ counted: money, notes: note().optional() }),
    status: 201,
    response: cashClosingSchema,
    errors: ['not_found', 'drawer_empty'],
  }),
  listCashClosings: endpoint({
    method: 'GET',
    path: '/api/cash-closings',
    tag: 'Cash drawer',
    summary: 'Closings of cash drawers, newest first: everybody’s with cash:read, else my own',
    permission: 'payments:read',
    query: z.strictObject({ ...pageQuery, user_id: id.optional() }),
    status: 200,
    response: pageOf(cashClosingSchema),
    errors: [],
  }),
};
