import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { email, line, note } from './fields.ts';
import { say } from './say.ts';

export const organisationSchema = z.object({
  name: z.string(),
  legal_name: z.string().nullable(),
  address: z.string().nullable(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  tax_number: z.string().nullable(),
  timezone: z.string(),
  language: z.enum(['id', 'en']),
  currency: z.string(),
  invoice_lead_days: z.number(),
  grace_days: z.number(),
  updated_at: z.string().nullable(),
});

const timezone = z
  .string()
  .max(64)
  .refine(isTimeZone, {
    error: say(
      'Use a time zone name such as Asia/Jakarta, Asia/Makassar or Asia/Jayapura.',
      'Gunakan nama zona waktu seperti Asia/Jakarta, Asia/Makassar atau Asia/Jayapura.',
    ),
  });

function isTimeZone(name: string): boolean {
  try {
    // Offsets such as +07:00 are refused: PostgreSQL reads their sign the other way round.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

export const organisation = {
  showOrganisation: endpoint({
    method: 'GET',
    path: '/api/organisation',
    tag: 'Organisation',
    summary: 'The provider: its name, time zone and billing settings',
    permission: 'organisation:read',
    status: 200,
    response: organisationSchema,
    errors: [],
  }),
  updateOrganisation: endpoint({
    method: 'PUT',
    path: '/api/organisation',
    tag: 'Organisation',
    summary: 'Change the provider’s details and billing settings',
    permission: 'organisation:write',
    body: z.strictObject({
      name: line().optional(),
      legal_name: line().nullable().optional(),
      address: note().optional(),
      phone: line(30).nullable().optional(),
      email: email.nullable().optional(),
      tax_number: line(40).nullable().optional(),
      timezone: timezone.optional(),
      language: z.enum(['id', 'en']).optional(),
      invoice_lead_days: z.number().int().min(0).max(60).optional(),
      grace_days: z.number().int().min(0).max(90).optional(),
    }),
    status: 200,
    response: organisationSchema,
    errors: [],
  }),
};
