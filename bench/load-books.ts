import type { Kit } from '#kit/kit.ts';
import { loadTables } from './load-provider.ts';

const tables = ['ledger_entries', 'invoice_taxes', 'payments', 'billing_logs'];
const firstDay = "date '2025-12-01'";
const at = "timestamptz '2025-12-01 01:00:00+00'";

/** Whoever took a payment, of twenty. */
const cashier = (n: string) => `('00000000-0000-7000-8000-' || lpad(to_hex(${n} % 20), 12, '0'))::uuid`;

/**
 * The books of what `loadProvider` loaded: a tax on each invoice, payments of the paid ones, and the ledger's
 * entries, over almost a year's days; and for each subscription that it began, for some that it expired and came back.
 */
const statements = [
  `insert into invoice_taxes (invoice_id, tax_number, tax_id, name, rate, base_numerator, base_denominator, inclusive, base_amount, amount)
   select id, 1, '00000000-0000-7000-8000-000000000001', 'PPN', 12, 11, 12, false, 206250, 24750 from invoices`,
  `insert into payments (id, receipt_number, invoice_id, amount, method, payment_date, received_by, created_at, updated_at)
   select id, 'KW-20251201-' || lpad(n::text, 7, '0'), id, amount, (array['cash', 'transfer', 'qris', 'other'])[1 + n % 4], ${at} + interval '1 day' * (n % 350), ${cashier('n')},
     ${at} + interval '1 day' * (n % 350), ${at} + interval '1 day' * (n % 350)
   from (select id, amount, row_number() over (order by id) as n from invoices where status = 'paid') i`,
  `insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, invoice_id, package_id, created_at)
   select ${firstDay} + (n % 350)::int, 'receivable', x.account, x.amount, 'invoice', i.customer_id, i.id,
     case x.account when 'revenue' then i.package_id end, ${at} + interval '1 day' * (n % 350)
   from (select i.*, s.package_id, row_number() over (order by i.id) as n from invoices i join subscriptions s on s.id = i.subscription_id) i,
     lateral (values ('revenue', i.amount - 24750), ('tax', 24750)) x(account, amount) order by n`,
  `insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, invoice_id, payment_id, created_at)
   select p.payment_date::date, case p.method when 'cash' then 'cash' when 'qris' then 'gateway' else 'bank' end, 'receivable', p.amount,
     'payment', i.customer_id, i.id, p.id, p.created_at
   from payments p join invoices i on i.id = p.invoice_id order by p.payment_date`,
  `insert into billing_logs (id, subscription_id, run_id, action, message, created_at, updated_at)
   select gen_random_uuid(), s.id, case x.action when 'expired' then s.id end, x.action, x.action, x.at, x.at
   from (select id, created_at, row_number() over (order by id) as n from subscriptions) s,
     lateral (values ('created', s.created_at, 1), ('expired', s.created_at + interval '100 days', 10), ('activated', s.created_at + interval '130 days', 20)) x(action, at, every)
   where n % every = 0`,
];

/** Adds the books to an installation filled by `loadProvider`. */
export function loadBooks(kit: Kit): Promise<void> {
  return loadTables(kit, tables, statements);
}
