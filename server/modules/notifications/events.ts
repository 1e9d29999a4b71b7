import type { CustomerEvent } from '#contract';

/** How a variable is written: an amount, a calendar date, a number or a text. */
type VariableKind = 'text' | 'money' | 'date' | 'number';

export interface Variable {
  readonly kind: VariableKind;
  /** What a preview shows. */
  readonly example: string;
}

const text = (example: string): Variable => ({ kind: 'text', example });
const money = (example: string): Variable => ({ kind: 'money', example });
const date = (example: string): Variable => ({ kind: 'date', example });
const number = (example: string): Variable => ({ kind: 'number', example });

/** Known in every message. */
const common = {
  customer_name: text('Budi Santoso'),
  company: text('Sinar Net'),
  company_phone: text('0812-3456-7890'),
};

const invoice = {
  ...common,
  invoice_number: text('INV-20260115-0001'),
  amount: money('150000.00'),
  due_date: date('2026-01-22'),
  days: number('3'),
  pay_url: text('https://bayar.example/INV-20260115-0001'),
  how_to_pay: text('BCA 1234567890 a.n. Sinar Net'),
};

const portalUrl = text('https://nadi.example/portal');
const service = { ...common, package: text('Rumah 20 Mbps') };

/** The variables of each message to a customer, and no others: a text with an unknown one is refused. */
export const eventVariables: Readonly<Record<CustomerEvent, Readonly<Record<string, Variable>>>> = {
  invoice_issued: invoice,
  invoice_reminder: invoice,
  invoice_due: invoice,
  invoice_overdue: invoice,
  payment_received: {
    ...common,
    amount: money('150000.00'),
    invoice_number: text('INV-20260115-0001'),
    receipt_number: text('KW-20260116-0001'),
    paid_on: date('2026-01-16'),
  },
  service_suspended: service,
  service_resumed: service,
  quota_threshold: {
    ...common,
    percent: number('80'),
    used_gb: number('80'),
    quota_gb: number('100'),
    until: date('2026-02-14'),
  },
  ticket_replied: { ...common, ticket: text('Lampu merah'), portal_url: portalUrl },
  portal_invited: { ...common, login: text('budi@rumah.example'), portal_url: portalUrl },
  sign_in_code: { ...common, code: text('123456'), minutes: number('10') },
};

/** Told at any hour: the customer has just done something, and waits for it. */
export const urgentEvents: readonly CustomerEvent[] = ['payment_received', 'service_resumed', 'sign_in_code'];

/** What staff may be told of the business, all that came together as one. */
export const businessEvents = [
  'invoice_issued',
  'payment_received',
  'service_suspended',
  'service_resumed',
] as const satisfies readonly CustomerEvent[];
export type BusinessEvent = (typeof businessEvents)[number];
