import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { email, id, idParams, instant, line, membershipType, note, partSearch } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';
import { secretSchema, subscriptionSchema } from './subscriptions.ts';
import { areaName } from './taxes.ts';

export const customerStatuses = ['active', 'inactive', 'suspended'] as const;

export const customerSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    address: z.string().nullable(),
    status: z.enum(customerStatuses),
    /** No tax is charged. */
    tax_exempt: z.boolean(),
    /** Where the taxes of an area are charged. */
    area: z.string().nullable(),
    /** NPWP. */
    tax_number: z.string().nullable(),
    /** One invoice for all subscriptions: what starts within so many days after the run's horizon comes along. Null is one invoice each. */
    joint_invoice_days: z.number().nullable(),
    /** The router that serves the subscriptions; null is the default one. */
    router_id: z.uuid().nullable(),
    /** Which quota counts; null is what the package of the longest-running subscription says, and else `regular`. */
    membership_type: z.string().nullable(),
    anonymised_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Customer' });

const phone = z
  .string()
  .trim()
  .max(20)
  .regex(/^[+0-9 ()-]*$/, {
    error: say('Use digits, spaces, + - and brackets.', 'Gunakan angka, spasi, + - dan kurung.'),
  })
  .transform((value) => value || null)
  .nullable();

const taxNumber = z
  .string()
  .trim()
  .max(40)
  .transform((value) => value || null)
  .nullable();

export const customerFields = {
  email: z
    .union([email, z.literal('').transform(() => null)])
    .nullable()
    .optional(),
  phone: phone.optional(),
  address: note().optional(),
  status: z.enum(customerStatuses).nullable().optional(),
  tax_exempt: z.boolean().optional(),
  area: areaName.optional(),
  tax_number: taxNumber.optional(),
  joint_invoice_days: z.number().int().min(0).max(31).nullable().optional(),
  router_id: id.nullable().optional(),
  membership_type: membershipType.nullable().optional(),
};

const search = partSearch(100);

export const customers = {
  listCustomers: endpoint({
    method: 'GET',
    path: '/api/customers',
    tag: 'Customers',
    summary: 'Customers, newest first, by status, area, or part of name, e-mail or phone',
    permission: 'customers:read',
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(customerStatuses).optional(),
      area: z.string().trim().min(1).max(100).optional(),
      membership_type: membershipType.optional(),
      search: search.optional(),
    }),
    status: 200,
    response: pageOf(customerSchema),
    errors: [],
  }),
  createCustomer: endpoint({
    method: 'POST',
    path: '/api/customers',
    tag: 'Customers',
    summary: 'Add a customer',
    permission: 'customers:write',
    body: z.strictObject({ name: line(), ...customerFields }),
    status: 201,
    response: customerSchema,
    errors: [],
  }),
  showCustomer: endpoint({
    method: 'GET',
    path: '/api/customers/:id',
    tag: 'Customers',
    summary: 'A customer with subscriptions, their packages, and router accounts',
    permission: 'customers:read',
    params: idParams,
    status: 200,
    response: customerSchema.extend({
      subscriptions: z.array(subscriptionSchema),
      secrets: z.array(secretSchema),
    }),
    errors: ['not_found'],
  }),
  updateCustomer: endpoint({
    method: 'PUT',
    path: '/api/customers/:id',
    tag: 'Customers',
    summary: 'Change a customer; fields left out stay as they are',
    permission: 'customers:write',
    params: idParams,
    body: z.strictObject({ name: line().optional(), ...customerFields }),
    status: 200,
    response: customerSchema,
    errors: ['not_found'],
  }),
  deleteCustomer: endpoint({
    method: 'DELETE',
    path: '/api/customers/:id',
    tag: 'Customers',
    summary: 'Delete a customer who was never invoiced, with the subscriptions',
    permission: 'customers:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found', 'customer_has_invoices', 'customer_has_funds', 'customer_has_licenses'],
  }),
  anonymiseCustomer: endpoint({
    method: 'POST',
    path: '/api/customers/:id/anonymise',
    tag: 'Customers',
    summary: 'Erase name, e-mail, phone, address and tax number of a customer whose invoices must stay',
    permission: 'customers:write',
    params: idParams,
    status: 200,
    response: customerSchema,
    errors: ['not_found', 'customer_has_subscriptions'],
  }),
};
