import { z } from 'zod';
import { bandwidth } from './catalog.ts';
import { endpoint, fileSchema } from './endpoint.ts';
import { email, line, money, moneyOut, note, routerName } from './fields.ts';
import { say } from './say.ts';

/** Whether an overdue invoice costs nothing more, a fee once, or one a day. */
export const lateFeeKinds = ['none', 'once', 'daily'] as const;

/** What becomes of suspended customers: no access, or a network of its own with nothing but a notice. */
export const suspendModes = ['disable', 'isolir'] as const;

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
  due_days: z.number(),
  late_fee_kind: z.enum(lateFeeKinds),
  late_fee_amount: moneyOut,
  late_fee_percent: z.string(),
  late_fee_cap: moneyOut,
  late_fee_after_days: z.number(),
  /** The day on which late fees were switched on last; days before it cost nothing. */
  late_fee_since: z.string().nullable(),
  suspend_mode: z.enum(suspendModes),
  /** The profile of isolated customers on every router; made there if it is missing. */
  isolir_profile: z.string(),
  /** The pool on the routers that isolated customers get their addresses from. */
  isolir_pool: z.string().nullable(),
  /** The firewall address list that their addresses are in. */
  isolir_address_list: z.string(),
  isolir_rate: z.string().nullable(),
  /** How customers pay, as the notice page tells them: accounts, places, hours. */
  payment_instructions: z.string().nullable(),
  updated_at: z.string().nullable(),
});

/** The logo as the API tells of it; its picture is at the same address, by GET. */
export const logoSchema = z.object({
  media_type: z.enum(['image/png', 'image/jpeg']),
  width: z.number(),
  height: z.number(),
  updated_at: z.string(),
});

/** What a logo may take of the database, decoded. */
export const maxLogoBytes = 300 * 1024;

const logoImage = z
  .base64({
    error: say(
      'Send a PNG or JPEG picture as base64 text, without "data:" before it.',
      'Kirim gambar PNG atau JPEG sebagai teks base64, tanpa "data:" di depannya.',
    ),
  })
  .min(1, { error: say('Send a PNG or JPEG picture.', 'Kirim gambar PNG atau JPEG.') })
  .max(Math.ceil(maxLogoBytes / 3) * 4, {
    error: say(
      'The picture is larger than 300 kB. Save it smaller.',
      'Gambar lebih besar dari 300 kB. Simpan dengan ukuran lebih kecil.',
    ),
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

const percent = money.refine((value) => Number(value) <= 100, {
  error: say('Use a percentage from 0 to 100.', 'Gunakan persentase dari 0 sampai 100.'),
});

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
      /** Added to the due date of every invoice that the run makes. */
      due_days: z.number().int().min(0).max(60).optional(),
      late_fee_kind: z.enum(lateFeeKinds).optional(),
      late_fee_amount: money.optional(),
      /** Of what is open without fees; above zero it counts instead of late_fee_amount. */
      late_fee_percent: percent.optional(),
      /** What the fees of an invoice may reach together; zero is no limit. */
      late_fee_cap: money.optional(),
      /** Days overdue that cost nothing. */
      late_fee_after_days: z.number().int().min(0).max(365).optional(),
      suspend_mode: z.enum(suspendModes).optional(),
      isolir_profile: routerName(100).optional(),
      isolir_pool: routerName(100).nullable().optional(),
      isolir_address_list: routerName(60).optional(),
      isolir_rate: bandwidth.nullable().optional(),
      payment_instructions: note(1000).optional(),
    }),
    status: 200,
    response: organisationSchema,
    errors: [],
  }),
  showOrganisationLogo: endpoint({
    method: 'GET',
    path: '/api/organisation/logo',
    tag: 'Organisation',
    summary: 'The logo on invoices and receipts, as a picture',
    permission: 'organisation:read',
    status: 200,
    response: fileSchema,
    produces: ['image/png', 'image/jpeg'],
    errors: ['not_found'],
  }),
  setOrganisationLogo: endpoint({
    method: 'PUT',
    path: '/api/organisation/logo',
    tag: 'Organisation',
    summary: 'Set the logo: a PNG or JPEG of at most 300 kB and 1600 by 1600 pixels, as base64',
    permission: 'organisation:write',
    body: z.strictObject({ image: logoImage }),
    status: 200,
    response: logoSchema,
    errors: [],
  }),
  removeOrganisationLogo: endpoint({
    method: 'DELETE',
    path: '/api/organisation/logo',
    tag: 'Organisation',
    summary: 'Remove the logo; where there is none, nothing happens',
    permission: 'organisation:write',
    status: 204,
    response: z.void(),
    errors: [],
  }),
};
