import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, idParams, line } from './fields.ts';
import { ownLicenseSchema } from './license-schema.ts';
import { pageOf, pageQuery } from './page.ts';
import { givenPassword } from './user-schema.ts';

const tag = 'Portal';
const proof = { current_password: givenPassword.optional() };

/** What owners see and do of their own licenses. */
export const ownLicenses = {
  listOwnLicenses: endpoint({
    method: 'GET',
    path: '/api/portal/licenses',
    tag,
    summary: 'One’s licenses: status, plan, usage, installations and the next renewal',
    permission: 'customer',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(ownLicenseSchema),
    errors: [],
  }),
  showOwnLicense: endpoint({
    method: 'GET',
    path: '/api/portal/licenses/:id',
    tag,
    summary: 'One of one’s licenses',
    permission: 'customer',
    params: idParams,
    status: 200,
    response: ownLicenseSchema,
    errors: ['not_found'],
  }),
  drawOwnLicenseKey: endpoint({
    method: 'POST',
    path: '/api/portal/licenses/:id/key',
    tag,
    summary: 'Draw a new key, which is shown this once; the one before works no more',
    permission: 'customer',
    params: idParams,
    body: z.strictObject(proof),
    status: 201,
    response: z.object({ license_key: z.string(), key_hint: z.string() }),
    errors: ['not_found', 'customer_inactive', 'fresh_code_needed', 'license_state'],
    rateLimit: 20,
  }),
  moveOwnLicense: endpoint({
    method: 'POST',
    path: '/api/portal/licenses/:id/move',
    tag,
    summary:
      'Take a license off a machine, which need not run any more; the next one that pairs with the key is the move',
    permission: 'customer',
    params: idParams,
    body: z.strictObject({ ...proof, installation_id: id, reason: line(500) }),
    status: 200,
    response: ownLicenseSchema,
    errors: [
      'not_found',
      'customer_inactive',
      'fresh_code_needed',
      'license_state',
      'installation_ended',
      'license_moves_exceeded',
    ],
    rateLimit: 20,
  }),
};
