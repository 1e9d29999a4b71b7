import { z } from 'zod';
import { endpoint, type FileType } from './endpoint.ts';
import { digits, id, idParams, instant, moneyOut } from './fields.ts';
import { say } from './say.ts';

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const downloads: readonly FileType[] = ['text/csv', xlsx];

const text = say(
  'Use a date like 2026-01-31 or a month like 2026-01, from 2000 to 2100.',
  'Gunakan tanggal seperti 2026-01-31 atau bulan seperti 2026-01, dari tahun 2000 sampai 2100.',
);

function isDateOrMonth(value: string): boolean {
  if (!/^(20\d\d|2100)-\d\d(-\d\d)?$/.test(value)) return false;
  try {
    return (
      Temporal.PlainDate.from(value.length === 7 ? `${value}-01` : value, { overflow: 'reject' }) !==
      undefined
    );
  } catch {
    return false;
  }
}

/** A local date, or a month, which is all of it. */
const dateOrMonth = z.string().max(10, { error: text }).refine(isDateOrMonth, { error: text });

/** Of every report: as what it is answered, and the language of a file's first row. */
const form = {
  format: z.enum(['json', 'csv', 'xlsx']).default('json'),
  language: z.enum(['id', 'en']).optional(),
};

/** The days of a report, both included; without them the twelve months up to today. */
const span = { from: dateOrMonth.optional(), to: dateOrMonth.optional() };

const day = z.string();
const month = z.string();
const packageOf = { package_id: z.uuid().nullable(), package_name: z.string().nullable() };
const areaOf = { area: z.string().nullable() };

/**
 * A period's price, less running discounts, with add-ons, without taxes that come on top, as a share of a month: days are of
 * 30.436875. One that is to be cancelled or to change package counts as it is until then; charges that come once never do.
 */
const mrrAmounts = {
  active_subscriptions: z.number(),
  mrr: moneyOut,
  /** Suspended ones are not in `mrr`; this is what they would bring. */
  suspended_subscriptions: z.number(),
  suspended_mrr: moneyOut,
};

/** Open amounts by days after the due date. */
const ages = {
  invoices: z.number(),
  amount: moneyOut,
  not_due: moneyOut,
  days_1_30: moneyOut,
  days_31_60: moneyOut,
  days_61_90: moneyOut,
  over_90_days: moneyOut,
};

const collected = { received: moneyOut, returned: moneyOut, net: moneyOut };
const taxed = { base: moneyOut, tax: moneyOut };

export const timelineKinds = [
  'customer',
  'subscription',
  'invoice',
  'payment',
  'reversal',
  'funds',
  'change',
] as const;

export const reports = {
  reportMrr: endpoint({
    method: 'GET',
    path: '/api/reports/mrr',
    tag: 'Reports',
    summary:
      'What subscriptions bring a month now, by package and area: price less discounts, with add-ons; trials bring nothing yet',
    permission: 'reports:read',
    query: z.strictObject(form),
    status: 200,
    response: z.object({
      date: day,
      /** When it was counted: now, or a few minutes ago where there are many subscriptions. */
      counted_at: instant,
      totals: z.object(mrrAmounts),
      rows: z.array(z.object({ ...packageOf, ...areaOf, ...mrrAmounts })),
      /** Subscriptions that came and went in the month before today, and what their packages alone cost a month now. */
      last_month: z.object({
        from: day,
        new: z.number(),
        back: z.number(),
        lost: z.number(),
        new_mrr: moneyOut,
        back_mrr: moneyOut,
        lost_mrr: moneyOut,
      }),
    }),
    downloads,
    errors: [],
  }),
  reportChurn: endpoint({
    method: 'GET',
    path: '/api/reports/churn',
    tag: 'Reports',
    summary:
      'Subscriptions that came, went and came back, by month; imported ones came on the day of the import',
    permission: 'reports:read',
    query: z.strictObject({ ...form, ...span }),
    status: 200,
    response: z.object({
      from: day,
      to: day,
      rows: z.array(
        z.object({
          month,
          /** Active or suspended before the first day of the month that is asked for. */
          at_start: z.number(),
          new: z.number(),
          back: z.number(),
          cancelled: z.number(),
          expired: z.number(),
          lost: z.number(),
          at_end: z.number(),
          /** Lost in percent of at_start, with two decimals; null where there was nobody to lose. */
          rate: z.string().nullable(),
        }),
      ),
    }),
    downloads,
    errors: [],
  }),
  reportRevenue: endpoint({
    method: 'GET',
    path: '/api/reports/revenue',
    tag: 'Reports',
    summary: 'Invoiced less voided and credited, without taxes, by month, package and area',
    permission: 'reports:read',
    query: z.strictObject({ ...form, ...span }),
    status: 200,
    response: z.object({
      from: day,
      to: day,
      totals: z.object({ revenue: moneyOut, late_fees: moneyOut }),
      rows: z.array(z.object({ month, ...packageOf, ...areaOf, revenue: moneyOut, late_fees: moneyOut })),
    }),
    downloads,
    errors: [],
  }),
  reportReceivables: endpoint({
    method: 'GET',
    path: '/api/reports/receivables',
    tag: 'Reports',
    summary:
      'What customers owe by age: the totals, and customers with the newest first; a file has up to 50,000',
    permission: 'reports:read',
    query: z.strictObject({
      ...form,
      per_page: digits(1, 100).default(20),
      /** Go on behind this customer: next_cursor of an earlier answer. */
      cursor: id.optional(),
    }),
    status: 200,
    response: z.object({
      date: day,
      totals: z.object(ages),
      data: z.array(
        z.object({
          customer_id: z.uuid(),
          name: z.string(),
          phone: z.string().nullable(),
          ...areaOf,
          ...ages,
        }),
      ),
      next_cursor: z.uuid().nullable(),
    }),
    downloads,
    errors: [],
  }),
  reportCollections: endpoint({
    method: 'GET',
    path: '/api/reports/collections',
    tag: 'Reports',
    summary:
      'Money that came in, and went back, by day or month, method and who took it; paying from a balance is neither',
    permission: 'reports:read',
    query: z.strictObject({ ...form, ...span, by: z.enum(['day', 'month']).default('month') }),
    status: 200,
    response: z.object({
      from: day,
      to: day,
      totals: z.object(collected),
      rows: z.array(
        z.object({
          /** A day or a month, as asked. */
          period: z.string(),
          account: z.string(),
          method: z.string().nullable(),
          received_by: z.uuid().nullable(),
          received_by_name: z.string().nullable(),
          ...collected,
        }),
      ),
    }),
    downloads,
    errors: [],
  }),
  reportTax: endpoint({
    method: 'GET',
    path: '/api/reports/tax',
    tag: 'Reports',
    summary: 'Taxes of invoices less those of voided ones and of credit notes, by month and tax',
    permission: 'reports:read',
    query: z.strictObject({ ...form, ...span }),
    status: 200,
    response: z.object({
      from: day,
      to: day,
      totals: z.object(taxed),
      rows: z.array(
        z.object({
          month,
          /** Null with the rate for taxes of imported invoices. */
          tax_id: z.uuid().nullable(),
          name: z.string().nullable(),
          rate: z.string().nullable(),
          ...taxed,
        }),
      ),
    }),
    downloads,
    errors: [],
  }),
  customerTimeline: endpoint({
    method: 'GET',
    path: '/api/customers/:id/timeline',
    tag: 'Customers',
    summary: 'Everything that happened to a customer, newest first',
    permission: 'customers:read',
    params: idParams,
    query: z.strictObject({
      per_page: digits(1, 100).default(20),
      /** next_cursor of an earlier answer. */
      cursor: z.string().min(1).max(200).optional(),
      language: z.enum(['id', 'en']).optional(),
    }),
    status: 200,
    response: z.object({
      data: z.array(
        z.object({
          id: z.string(),
          at: instant,
          kind: z.enum(timelineKinds),
          action: z.string(),
          text: z.string(),
          actor: z.string().nullable(),
          amount: moneyOut.nullable(),
          subscription_id: z.uuid().nullable(),
          invoice_id: z.uuid().nullable(),
          payment_id: z.uuid().nullable(),
        }),
      ),
      next_cursor: z.string().nullable(),
    }),
    errors: ['not_found'],
  }),
};
