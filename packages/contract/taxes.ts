import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idParams, instant, line, queryBoolean } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

/** PPN (value added tax), PB1 (a region's), or any other. */
export const taxKinds = ['ppn', 'pb1', 'other'] as const;

export const taxSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(taxKinds),
    /** Percent, with four decimals. */
    rate: z.string(),
    /** The taxable sum is multiplied by base_numerator / base_denominator before the rate: 12 % of 11/12. */
    base_numerator: z.number(),
    base_denominator: z.number(),
    /** Whether prices contain it; otherwise it comes on top. */
    inclusive: z.boolean(),
    /** Only for customers of this area; for all without one. */
    area: z.string().nullable(),
    is_active: z.boolean(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Tax' });

/** As text, since a number like 0.1 is not exact. */
const rate = z
  .string()
  .trim()
  .max(8)
  .regex(/^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/, {
    error: say(
      'Write a percentage from 0 to 100 with at most four decimals as text, like "11" or "1.5".',
      'Tulis persentase dari 0 sampai 100 dengan paling banyak empat desimal sebagai teks, misalnya "11" atau "1.5".',
    ),
  });

/** The name of an area; an empty one means none. Upper and lower case are the same. */
export const areaName = z
  .string()
  .trim()
  .max(100)
  .transform((value) => value || null)
  .nullable();

const fields = {
  kind: z.enum(taxKinds),
  base_numerator: z.number().int().min(1).max(1000),
  base_denominator: z.number().int().min(1).max(1000),
  inclusive: z.boolean(),
  area: areaName,
};
const optional = z.object(fields).partial().shape;

export const taxes = {
  listTaxes: endpoint({
    method: 'GET',
    path: '/api/taxes',
    tag: 'Taxes',
    summary: 'Taxes, newest first',
    permission: 'packages:read',
    query: z.strictObject({
      ...pageQuery,
      kind: z.enum(taxKinds).optional(),
      is_active: queryBoolean.optional(),
    }),
    status: 200,
    response: pageOf(taxSchema),
    errors: [],
  }),
  createTax: endpoint({
    method: 'POST',
    path: '/api/taxes',
    tag: 'Taxes',
    summary: 'Add a tax; it counts from the next invoice. Together taxes reach at most 100 %',
    permission: 'packages:write',
    body: z.strictObject({ ...optional, name: line(100), rate }),
    status: 201,
    response: taxSchema,
    errors: [],
  }),
  showTax: endpoint({
    method: 'GET',
    path: '/api/taxes/:id',
    tag: 'Taxes',
    summary: 'A tax',
    permission: 'packages:read',
    params: idParams,
    status: 200,
    response: taxSchema,
    errors: ['not_found'],
  }),
  updateTax: endpoint({
    method: 'PUT',
    path: '/api/taxes/:id',
    tag: 'Taxes',
    summary: 'Change a tax from the next invoice on; invoices that exist keep theirs',
    permission: 'packages:write',
    params: idParams,
    body: z.strictObject({
      ...optional,
      name: line(100).optional(),
      rate: rate.optional(),
      is_active: z.boolean().optional(),
    }),
    status: 200,
    response: taxSchema,
    errors: ['not_found'],
  }),
  deleteTax: endpoint({
    method: 'DELETE',
    path: '/api/taxes/:id',
    tag: 'Taxes',
    summary: 'No longer charge a tax; it stays on record, as on the invoices that have it',
    permission: 'packages:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found'],
  }),
};
