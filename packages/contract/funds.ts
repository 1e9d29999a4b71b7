import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idParams, instant, line, moneyOut, note, positiveMoney } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { idempotencyKey, manualMethods } from './payment-schema.ts';

export const movementKinds = ['top_up', 'refund', 'deposit', 'deposit_return', 'deposit_to_balance'] as const;

const fundsSchema = z.object({ balance: moneyOut, deposit: moneyOut });

export const fundMovementSchema = z
  .object({
    id: z.uuid(),
    customer_id: z.uuid(),
    kind: z.enum(movementKinds),
    amount: moneyOut,
    /** What it added to the balance and the deposit; below zero, what it took. */
    balance_change: moneyOut,
    deposit_change: moneyOut,
    /** Null where no money changed hands. */
    method: z.enum(manualMethods).nullable(),
    /** The movement that this one undoes. */
    reverses_id: z.uuid().nullable(),
    /** The movement that undid this one. */
    reversed_by_id: z.uuid().nullable(),
    notes: z.string().nullable(),
    created_by: z.uuid().nullable(),
    created_at: instant,
  })
  .meta({ id: 'FundMovement' });

const movedFields = { amount: positiveMoney, notes: note().optional(), idempotency_key: idempotencyKey };
const paidFields = z.strictObject({ ...movedFields, method: z.enum(manualMethods).default('cash') });

const move = {
  method: 'POST',
  tag: 'Customer funds',
  params: idParams,
  status: 201,
  response: fundMovementSchema,
} as const;

export const funds = {
  showFunds: endpoint({
    method: 'GET',
    path: '/api/customers/:id/funds',
    tag: 'Customer funds',
    summary: 'A customer’s balance, which pays invoices by itself, and deposit, which is only kept',
    permission: 'payments:read',
    params: idParams,
    status: 200,
    response: fundsSchema,
    errors: ['not_found'],
  }),
  listFundMovements: endpoint({
    method: 'GET',
    path: '/api/customers/:id/fund-movements',
    tag: 'Customer funds',
    summary: 'Top-ups, refunds and moves of the deposit of a customer, newest first',
    permission: 'payments:read',
    params: idParams,
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(fundMovementSchema),
    errors: ['not_found'],
  }),
  topUpBalance: endpoint({
    ...move,
    path: '/api/customers/:id/top-up',
    summary: 'Take money into the balance; open invoices are paid from it at once, oldest first',
    permission: 'payments:write',
    body: paidFields,
    errors: ['not_found', 'books_closed'],
  }),
  refundBalance: endpoint({
    ...move,
    path: '/api/customers/:id/refund',
    summary: 'Pay out of the balance',
    permission: 'payments:reverse',
    body: paidFields,
    errors: ['not_found', 'balance_too_low', 'books_closed'],
  }),
  takeDeposit: endpoint({
    ...move,
    path: '/api/customers/:id/deposit',
    summary: 'Take a deposit; it pays no invoice by itself',
    permission: 'payments:write',
    body: paidFields,
    errors: ['not_found', 'books_closed'],
  }),
  returnDeposit: endpoint({
    ...move,
    path: '/api/customers/:id/deposit/return',
    summary: 'Pay back of the deposit',
    permission: 'payments:reverse',
    body: paidFields,
    errors: ['not_found', 'deposit_too_low', 'books_closed'],
  }),
  moveDeposit: endpoint({
    ...move,
    path: '/api/customers/:id/deposit/to-balance',
    summary: 'Move of the deposit to the balance; open invoices are paid from it at once',
    permission: 'payments:write',
    body: z.strictObject(movedFields),
    errors: ['not_found', 'deposit_too_low', 'books_closed'],
  }),
  reverseFundMovement: endpoint({
    ...move,
    path: '/api/fund-movements/:id/reverse',
    summary: 'Undo a movement by a counter-movement; both stay on record',
    permission: 'payments:reverse',
    body: z.strictObject({ reason: line(500) }),
    errors: ['not_found', 'movement_reversed', 'balance_too_low', 'deposit_too_low', 'books_closed'],
  }),
};
