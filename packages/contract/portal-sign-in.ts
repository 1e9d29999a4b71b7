import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { digits, email, id, idParams, instant } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';
import { givenPassword, newPassword } from './user-schema.ts';

/** A phone number in any usual writing. */
export const phoneText = z
  .string()
  .trim()
  .max(30)
  .regex(/^(?=(\D*\d){8,15}\D*$)\+?[\d ()./-]+$/, {
    error: say(
      'Write a phone number like 0812 3456 7890 or +62 812-3456-7890.',
      'Tulis nomor telepon seperti 0812 3456 7890 atau +62 812-3456-7890.',
    ),
  });

const login = z.union([email, phoneText], {
  error: say(
    'Write the e-mail address or phone number that your provider has of you.',
    'Tulis alamat email atau nomor telepon Anda yang dicatat penyedia.',
  ),
});

const code = z
  .string()
  .trim()
  .regex(/^\d{6}$/, { error: say('Enter the six digits of the code.', 'Masukkan enam angka kode.') });

/** What tells a customer's accounts apart, where several have one e-mail address or phone. */
const portalAccountSchema = z.object({ id: z.uuid(), name: z.string(), address: z.string().nullable() });

export const portalSessionSchema = z
  .object({
    id: z.number(),
    /** The e-mail address or phone number it was signed in with. */
    contact: z.string(),
    proof: z.enum(['code', 'password']),
    ip_address: z.string(),
    user_agent: z.string().nullable(),
    is_current: z.boolean(),
    last_used_at: instant.nullable(),
    expires_at: instant,
    created_at: instant,
  })
  .meta({ id: 'PortalSession' });

const tag = 'Portal sign-in';

export const portalSignIn = {
  sendSignInCode: endpoint({
    method: 'POST',
    path: '/api/portal/sign-in/code',
    tag,
    summary: 'Have a code sent by which a customer signs in; the answer is the same whoever asks',
    permission: 'public',
    body: z.strictObject({ login }),
    status: 202,
    response: z.object({ message: z.string() }),
    errors: [],
    allowedReadOnly: true,
    rateLimit: 600,
  }),
  signInCustomer: endpoint({
    method: 'POST',
    path: '/api/portal/sign-in',
    tag,
    summary:
      'Sign a customer in with a code or a password; where several share the address, choose one of them',
    permission: 'public',
    body: z
      .strictObject({
        login,
        code: code.optional(),
        password: givenPassword.optional(),
        /** One of `accounts` of the answer before; the code still works. */
        customer_id: id.optional(),
      })
      .refine((body) => (body.code === undefined) !== (body.password === undefined), {
        path: ['code'],
        error: say('Give a code or a password, one of them.', 'Isi kode atau kata sandi, salah satu.'),
      }),
    status: 200,
    response: z.object({
      /** Null where `accounts` has several: ask again with `customer_id`. */
      token: z.string().nullable(),
      expires_at: instant.nullable(),
      accounts: z.array(portalAccountSchema),
    }),
    errors: [],
    allowedReadOnly: true,
    rateLimit: 600,
  }),
  signCustomerOut: endpoint({
    method: 'POST',
    path: '/api/portal/sign-out',
    tag,
    summary: 'End the session in use',
    permission: 'customer',
    status: 204,
    response: z.void(),
    errors: [],
    allowedReadOnly: true,
  }),
  listOwnSessions: endpoint({
    method: 'GET',
    path: '/api/portal/sessions',
    tag,
    summary: 'Where one is signed in, newest first',
    permission: 'customer',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(portalSessionSchema),
    errors: [],
  }),
  endOwnSession: endpoint({
    method: 'DELETE',
    path: '/api/portal/sessions/:id',
    tag,
    summary: 'Sign out there',
    permission: 'customer',
    params: z.strictObject({ id: digits(1, Number.MAX_SAFE_INTEGER) }),
    status: 204,
    response: z.void(),
    errors: ['not_found'],
    allowedReadOnly: true,
  }),
  signCustomerOutEverywhere: endpoint({
    method: 'DELETE',
    path: '/api/portal/sessions',
    tag,
    summary: 'Sign out everywhere, here too',
    permission: 'customer',
    status: 204,
    response: z.void(),
    errors: [],
    allowedReadOnly: true,
  }),
  setOwnPassword: endpoint({
    method: 'PUT',
    path: '/api/portal/password',
    tag,
    summary:
      'Choose a password: with the present one, or right after signing in with a code; other sessions end',
    permission: 'customer',
    body: z.strictObject({ password: newPassword, current_password: givenPassword.optional() }),
    status: 204,
    response: z.void(),
    errors: ['fresh_code_needed'],
    rateLimit: 20,
  }),
  inviteCustomer: endpoint({
    method: 'POST',
    path: '/api/customers/:id/portal-invitation',
    tag: 'Customers',
    summary: 'Tell a customer by e-mail, or else by WhatsApp, how to sign in to the portal',
    permission: 'customers:write',
    params: idParams,
    status: 202,
    response: z.object({ message: z.string() }),
    errors: ['not_found', 'customer_without_contact'],
  }),
  resetPortalAccess: endpoint({
    method: 'DELETE',
    path: '/api/customers/:id/portal-access',
    tag: 'Customers',
    summary: 'Forget a customer’s portal password and end all sessions; a code lets them in again',
    permission: 'customers:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found'],
  }),
};
