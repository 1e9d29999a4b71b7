import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, line } from './fields.ts';
import {
  installationSchema,
  installationStates,
  licenseDetailSchema,
  licensePlanSchema,
  licenseSchema,
  licenseStatuses,
  overageRules,
} from './license-schema.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

const name = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, {
  error: say(
    'Name it with small letters, digits and _, like "max_users".',
    'Beri nama dengan huruf kecil, angka dan _, misalnya "max_users".',
  ),
});
const mapOf = <T extends z.ZodType>(value: T) =>
  z.record(name, value).refine((map) => Object.keys(map).length <= 100, {
    error: say('Give at most 100.', 'Isi paling banyak 100.'),
  });
const features = mapOf(z.boolean());
const limits = mapOf(z.number().int().min(0).max(1_000_000_000));
const nodes = z.number().int().min(1).max(1000);
const reason = line(500);

const planFields = {
  features,
  limits,
  max_nodes: nodes,
  overage: z.enum(overageRules),
  free_moves: z.number().int().min(0).max(100),
  min_app_version: z
    .string()
    .trim()
    .max(50)
    .regex(/^v?\d{1,9}(\.\d{1,9}){0,3}$/, {
      error: say('Write a version like "1.4.0".', 'Tulis versi seperti "1.4.0".'),
    })
    .nullable(),
};

const own = { features, limits, max_nodes: nodes.nullable() };
/** The first day that is not paid; null is for ever. */
const validUntil = date.nullable();

const tag = 'Licenses';
const change = { method: 'POST', tag, permission: 'licenses:write', params: idParams, status: 200 } as const;

/** The vendor's side of licenses. */
export const licensing = {
  listLicensePlans: endpoint({
    method: 'GET',
    path: '/api/license-plans',
    tag,
    summary: 'What packages of the type license allow, newest first',
    permission: 'licenses:read',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(licensePlanSchema),
    errors: [],
  }),
  createLicensePlan: endpoint({
    method: 'POST',
    path: '/api/license-plans',
    tag,
    summary:
      'Say what a package of the type license allows; one without a plan allows one node, and two moves a year',
    permission: 'licenses:write',
    body: z.strictObject({ ...z.object(planFields).partial().shape, package_id: id }),
    status: 201,
    response: licensePlanSchema,
    errors: ['license_plan_exists'],
  }),
  showLicensePlan: endpoint({
    method: 'GET',
    path: '/api/license-plans/:id',
    tag,
    summary: 'The plan of a package',
    permission: 'licenses:read',
    params: idParams,
    status: 200,
    response: licensePlanSchema,
    errors: ['not_found'],
  }),
  updateLicensePlan: endpoint({
    method: 'PUT',
    path: '/api/license-plans/:id',
    tag,
    summary: 'Change a plan; installations have it with their next heartbeat',
    permission: 'licenses:write',
    params: idParams,
    body: z.strictObject(z.object(planFields).partial().shape),
    status: 200,
    response: licensePlanSchema,
    errors: ['not_found'],
  }),
  listLicenses: endpoint({
    method: 'GET',
    path: '/api/licenses',
    tag,
    summary: 'Licenses, newest first; `search` finds one by the last group of its key, or an agent code',
    permission: 'licenses:read',
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(licenseStatuses).optional(),
      customer_id: id.optional(),
      package_id: id.optional(),
      search: z.string().trim().toUpperCase().min(1).max(50).optional(),
    }),
    status: 200,
    response: pageOf(licenseSchema),
    errors: [],
  }),
  createLicense: endpoint({
    method: 'POST',
    path: '/api/licenses',
    tag,
    summary:
      'Give a customer a license by hand; a subscription to a package of the type license makes its own',
    permission: 'licenses:write',
    body: z.strictObject({
      ...z.object(own).partial().shape,
      customer_id: id,
      package_id: id,
      valid_until: validUntil.optional(),
    }),
    status: 201,
    response: licenseDetailSchema,
    errors: [],
  }),
  showLicense: endpoint({
    method: 'GET',
    path: '/api/licenses/:id',
    tag,
    summary: 'A license with its installations and moves',
    permission: 'licenses:read',
    params: idParams,
    status: 200,
    response: licenseDetailSchema,
    errors: ['not_found'],
  }),
  updateLicense: endpoint({
    ...change,
    method: 'PUT',
    path: '/api/licenses/:id',
    summary: 'Change what a license has beside its plan; or its package, where no subscription decides that',
    body: z.strictObject({ ...z.object(own).partial().shape, package_id: id.optional() }),
    response: licenseDetailSchema,
    errors: ['not_found', 'license_of_subscription'],
  }),
  suspendLicense: endpoint({
    ...change,
    path: '/api/licenses/:id/suspend',
    summary: 'Suspend a license until somebody resumes it, whatever its subscription does',
    body: z.strictObject({ reason }),
    response: licenseDetailSchema,
    errors: ['not_found', 'license_state'],
  }),
  resumeLicense: endpoint({
    ...change,
    path: '/api/licenses/:id/resume',
    summary: 'Lift what a person suspended or revoked; what the subscription does stays',
    response: licenseDetailSchema,
    errors: ['not_found'],
  }),
  revokeLicense: endpoint({
    ...change,
    path: '/api/licenses/:id/revoke',
    summary: 'Revoke a license',
    body: z.strictObject({ reason }),
    response: licenseDetailSchema,
    errors: ['not_found'],
  }),
  renewLicense: endpoint({
    ...change,
    path: '/api/licenses/:id/renew',
    summary: 'Set until when a license by hand is valid; null is for ever',
    body: z.strictObject({ valid_until: validUntil }),
    response: licenseDetailSchema,
    errors: ['not_found', 'license_of_subscription'],
  }),
  transferLicense: endpoint({
    ...change,
    path: '/api/licenses/:id/transfer',
    summary:
      'Give a license to another customer, with its installations. It keeps its paid time, or follows a subscription of theirs from then on',
    body: z.strictObject({ customer_id: id, subscription_id: id.optional(), reason }),
    response: licenseDetailSchema,
    errors: ['not_found', 'license_state'],
  }),
  drawLicenseKey: endpoint({
    ...change,
    path: '/api/licenses/:id/key',
    summary: 'Draw a new key, which is shown this once; the one before works no more',
    status: 201,
    response: z.object({ license_key: z.string(), key_hint: z.string() }),
    errors: ['not_found'],
  }),
  grantLicenseMoves: endpoint({
    ...change,
    path: '/api/licenses/:id/moves',
    summary: 'Grant further moves, for when the free ones of the year are used',
    body: z.strictObject({ count: z.number().int().min(1).max(100), reason }),
    response: licenseDetailSchema,
    errors: ['not_found'],
  }),
  addAgentCode: endpoint({
    ...change,
    path: '/api/licenses/:id/installations',
    summary: 'Add an agent code for an application that never pairs',
    status: 201,
    response: installationSchema,
    errors: ['not_found', 'license_nodes_full'],
  }),
  listInstallations: endpoint({
    method: 'GET',
    path: '/api/installations',
    tag,
    summary: 'Installations, newest first',
    permission: 'licenses:read',
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(installationStates).optional(),
      license_id: id.optional(),
      agent_code: z.string().trim().toUpperCase().min(1).max(50).optional(),
    }),
    status: 200,
    response: pageOf(installationSchema),
    errors: [],
  }),
  showInstallation: endpoint({
    method: 'GET',
    path: '/api/installations/:id',
    tag,
    summary: 'An installation',
    permission: 'licenses:read',
    params: idParams,
    status: 200,
    response: installationSchema,
    errors: ['not_found'],
  }),
  endInstallation: endpoint({
    ...change,
    path: '/api/installations/:id/end',
    summary: 'End an installation: its machine is no longer licensed, and another may pair without a move',
    body: z.strictObject({ reason }),
    response: installationSchema,
    errors: ['not_found', 'installation_ended'],
  }),
};
