import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import {
  idParams,
  instant,
  line,
  membershipType,
  money,
  moneyOut,
  note,
  queryBoolean,
  routerName,
} from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

export const packageTypes = ['pppoe', 'hotspot', 'static', 'license'] as const;

export const billingModes = ['prepaid', 'postpaid'] as const;

export const packageSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    type: z.enum(packageTypes),
    bandwidth: z.string().nullable(),
    burst: z.string().nullable(),
    price: moneyOut,
    priority: z.number().nullable(),
    validity_days: z.number(),
    period_months: z.number().nullable(),
    bill_suspended_time: z.boolean(),
    /** Whether taxes are charged on its price. */
    taxable: z.boolean(),
    billing_mode: z.enum(billingModes),
    /** Pools on the routers from which subscribers get their addresses. */
    ip_pool: z.string().nullable(),
    ipv6_pool: z.string().nullable(),
    delegated_ipv6_pool: z.string().nullable(),
    /** How many devices may be online at once with one account. */
    max_sessions: z.number().nullable(),
    /** Which quota its subscribers have, unless the customer says otherwise. */
    membership_type: z.string().nullable(),
    description: z.string().nullable(),
    /** Whether customers may ask for it in the portal. */
    in_portal: z.boolean(),
    is_active: z.boolean(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Package' });

const rate = '\\d{1,9}[kMG]?';
const pair = `${rate}(/${rate})?`;
export const bandwidth = z
  .string()
  .trim()
  .max(40)
  .regex(new RegExp(`^${pair}$`), {
    error: say(
      'Write upload/download, like "10M/10M" or "512k/2M".',
      'Tulis unggah/unduh, misalnya "10M/10M" atau "512k/2M".',
    ),
  });
const burst = z
  .string()
  .trim()
  .max(120)
  .regex(new RegExp(`^${pair}( ${pair}( \\d{1,5}(/\\d{1,5})?( \\d{1,5}s?(/\\d{1,5}s?)?)?)?)?$`), {
    error: say(
      'Write burst limit, threshold, priority and time, like "15M/15M 10M/10M 10/10 5s/5s".',
      'Tulis batas burst, ambang, prioritas dan waktu, misalnya "15M/15M 10M/10M 10/10 5s/5s".',
    ),
  });

/** An invoice's amount is the price in whole rupiah with taxes and what else is added, and must stay below one trillion. */
const price = money.refine((value) => Number(value) < 99_999_999_999.5, {
  error: say('Use a price below one hundred billion.', 'Gunakan harga di bawah seratus miliar.'),
});

const fields = {
  type: z.enum(packageTypes),
  bandwidth: bandwidth.nullable(),
  burst: burst.nullable(),
  price,
  priority: z.number().int().min(1).max(8).nullable(),
  validity_days: z.number().int().min(1).max(3660),
  /** Set: periods are calendar months on the subscription's anchor day, and validity_days is not used. */
  period_months: z.number().int().min(1).max(120).nullable(),
  bill_suspended_time: z.boolean(),
  taxable: z.boolean(),
  /** Postpaid: a period is invoiced when it is over. */
  billing_mode: z.enum(billingModes),
  ip_pool: routerName(100).nullable(),
  ipv6_pool: routerName(100).nullable(),
  delegated_ipv6_pool: routerName(100).nullable(),
  max_sessions: z.number().int().min(1).max(100).nullable(),
  membership_type: membershipType.nullable(),
  description: note(),
  in_portal: z.boolean(),
  is_active: z.boolean(),
};

export const catalog = {
  listPackages: endpoint({
    method: 'GET',
    path: '/api/packages',
    tag: 'Packages',
    summary: 'Packages, newest first',
    permission: 'packages:read',
    query: z.strictObject({
      ...pageQuery,
      type: z.enum(packageTypes).optional(),
      is_active: queryBoolean.optional(),
      membership_type: membershipType.optional(),
      search: z.string().trim().min(1).max(100).optional(),
    }),
    status: 200,
    response: pageOf(packageSchema),
    errors: [],
  }),
  createPackage: endpoint({
    method: 'POST',
    path: '/api/packages',
    tag: 'Packages',
    summary: 'Add a package',
    permission: 'packages:write',
    body: z.strictObject({
      ...z.object(fields).partial().shape,
      name: line(),
      price: fields.price,
      type: fields.type.default('pppoe'),
    }),
    status: 201,
    response: packageSchema,
    errors: [],
  }),
  showPackage: endpoint({
    method: 'GET',
    path: '/api/packages/:id',
    tag: 'Packages',
    summary: 'A package',
    permission: 'packages:read',
    params: idParams,
    status: 200,
    response: packageSchema,
    errors: ['not_found'],
  }),
  updatePackage: endpoint({
    method: 'PUT',
    path: '/api/packages/:id',
    tag: 'Packages',
    summary: 'Change a package; a new price counts from the next invoice',
    permission: 'packages:write',
    params: idParams,
    body: z.strictObject({ ...z.object(fields).partial().shape, name: line().optional() }),
    status: 200,
    response: packageSchema,
    errors: ['not_found'],
  }),
  deletePackage: endpoint({
    method: 'DELETE',
    path: '/api/packages/:id',
    tag: 'Packages',
    summary: 'Delete a package that no subscription uses',
    permission: 'packages:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found', 'package_in_use'],
  }),
};
