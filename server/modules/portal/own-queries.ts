import { sql } from 'kysely';
import type { z } from 'zod';
import type {
  offeredPackageSchema,
  portalInvoiceSchema,
  portalPaymentSchema,
  portalServiceSchema,
} from '#contract';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { isOwed } from '../billing/index.ts';

export type OwnInvoice = z.input<typeof portalInvoiceSchema>;
export type OwnPayment = z.input<typeof portalPaymentSchema>;
export type OfferedPackage = z.input<typeof offeredPackageSchema>;
export type OwnService = Omit<z.input<typeof portalServiceSchema>, 'online' | 'online_since'>;

export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly status: 'active' | 'inactive' | 'suspended';
  readonly language: 'id' | 'en' | null;
  readonly has_password: boolean;
  readonly balance: string;
  readonly owed: string;
}

export async function readProfile(db: Db, customerId: string): Promise<Profile | undefined> {
  const { rows } = await sql<Profile>`
    select c.id, c.name, c.email, c.phone, c.address, c.status, p.language, a.password is not null as has_password,
      coalesce(f.balance, 0.00)::text as balance,
      (select coalesce(sum(amount - amount_paid), 0.00)::text from invoices
        where customer_id = c.id and status in ('unpaid', 'overdue') and ${isOwed}) as owed
    from customers c left join portal_accounts a on a.customer_id = c.id left join customer_funds f on f.customer_id = c.id
      left join notification_preferences p on p.customer_id = c.id
    where c.id = ${customerId}`.execute(db);
  return rows[0];
}

const packageObject = sql`jsonb_build_object('id', p.id, 'name', p.name, 'bandwidth', p.bandwidth, 'price', p.price::text,
  'validity_days', p.validity_days, 'period_months', p.period_months, 'billing_mode', p.billing_mode, 'description', p.description)`;
const runs = sql`t.status = 'active' and l.blocked is not true`;
const services = {
  select: sql`t.id, t.created_at, t.status, t.start_date, t.end_date, t.auto_renew, t.suspended_on, t.suspended_for, t.resume_on,
    t.trial_ends_on, t.cancel_requested_on, t.mikrotik_username as username, ${packageObject} as package, n.name as next_package_name,
    case when ${runs} then coalesce(l.rate_limit, p.bandwidth) end as speed, l.reason as limited_for`,
  from: sql`subscriptions t join packages p on p.id = t.package_id left join packages n on n.id = t.next_package_id
    left join subscription_limits l on l.subscription_id = t.id`,
};

type ServiceRow = OwnService & { readonly created_at: string };

export function listServiceRows(
  db: Db,
  customerId: string,
  { status, ...page }: PageRequest & { status?: string | undefined },
) {
  const where = [sql`t.customer_id = ${customerId}`, ...(status ? [sql`t.status = ${status}`] : [])];
  return listPage<ServiceRow>(db, { ...services, where }, page);
}

export async function findService(db: Db, customerId: string, id: string): Promise<ServiceRow | undefined> {
  const { rows } = await sql<ServiceRow>`
    select ${services.select} from ${services.from} where t.id = ${id} and t.customer_id = ${customerId}`.execute(
    db,
  );
  return rows[0];
}

const invoiceColumns = sql`t.id, t.invoice_number, t.subscription_id, t.period_start, t.period_end, t.amount, t.tax_amount, t.late_fee,
  t.amount_paid, t.due_date, t.status, t.paid_at, t.created_at`;
/** A draft is nobody's yet. */
const ownInvoice = (customerId: string) => sql`t.customer_id = ${customerId} and t.status <> 'draft'`;

export function listInvoiceRows(
  db: Db,
  customerId: string,
  { status, ...page }: PageRequest & { status?: string | undefined },
) {
  const where = [ownInvoice(customerId), ...(status ? [sql`t.status = ${status}`] : [])];
  return listPage<OwnInvoice>(db, { select: invoiceColumns, from: sql`invoices t`, where }, page);
}

export async function findOwnInvoice(
  db: Db,
  customerId: string,
  id: string,
): Promise<OwnInvoice | undefined> {
  const { rows } = await sql<OwnInvoice>`
    select ${invoiceColumns} from invoices t where t.id = ${id} and ${ownInvoice(customerId)}`.execute(db);
  return rows[0];
}

const payments = {
  select: sql`t.id, t.receipt_number, t.invoice_id, i.invoice_number, t.amount, t.to_balance, t.method, t.payment_date, t.reversed_at,
    t.created_at`,
  from: sql`payments t join invoices i on i.id = t.invoice_id`,
};

type PaymentRow = OwnPayment & { readonly created_at: string };

export function listPaymentRows(db: Db, customerId: string, page: PageRequest) {
  return listPage<PaymentRow>(db, { ...payments, where: [sql`i.customer_id = ${customerId}`] }, page);
}

/** The customer's payments of one invoice, oldest first. */
export async function paymentsOfOwnInvoice(
  db: Db,
  customerId: string,
  invoiceId: string,
): Promise<PaymentRow[]> {
  const { rows } = await sql<PaymentRow>`
    select ${payments.select} from ${payments.from}
    where i.id = ${invoiceId} and i.customer_id = ${customerId} order by t.created_at, t.id`.execute(db);
  return rows;
}

export async function isOwnPayment(db: Db, customerId: string, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from ${payments.from} where t.id = ${id} and i.customer_id = ${customerId}`.execute(db);
  return rows.length > 0;
}
