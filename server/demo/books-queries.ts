import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/** How the demo stands, in numbers. */
export interface Figures {
  readonly customers: number;
  readonly active: number;
  readonly suspended: number;
  readonly ended: number;
  readonly invoices: number;
  readonly payments: number;
  /** The last local date of a billing run; null before the first. */
  readonly last_run: string | null;
}

export async function readDemoFigures(db: Db): Promise<Figures> {
  const { rows } = await sql<Figures>`
    select (select count(*)::integer from customers) as customers,
      (select count(*)::integer from subscriptions where status = 'active') as active,
      (select count(*)::integer from subscriptions where status = 'suspended') as suspended,
      (select count(*)::integer from subscriptions where status in ('expired', 'cancelled')) as ended,
      (select count(*)::integer from invoices) as invoices,
      (select count(*)::integer from payments) as payments,
      (select max(new_values ->> 'date') from audit_logs where action = 'billing.run') as last_run`.execute(
    db,
  );
  const [figures] = rows;
  if (figures === undefined) throw new Error('The demo could not be counted.');
  return figures;
}

/** What in the books contradicts the rest, in words; nothing where they add up. */
export async function faultsOfBooks(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ fault: string; count: number }>`
    select 'invoices whose payments are not what they say is paid' as fault, count(*)::integer as count
    from invoices i where i.amount_paid <> coalesce((
      select sum(p.amount) from payments p where p.invoice_id = i.id and p.reversed_at is null), 0)
    union all
    select 'invoices that are paid in full without being paid, or the other way round', count(*)::integer
    from invoices where status <> 'cancelled' and (status = 'paid') <> (amount_paid = amount)
    union all
    select 'invoices whose lines are not their amount', count(*)::integer
    from invoices i where i.amount - i.late_fee <> (select sum(l.amount) from invoice_lines l where l.invoice_id = i.id)
    union all
    select 'days whose invoice numbers have a gap', count(*)::integer
    from invoice_counters c where c.last_number <> (
      select count(*) from invoices i
      where i.invoice_number like 'INV-' || to_char(c.issued_on, 'YYYYMMDD') || '-%')
    union all
    select 'subscriptions that run beyond what is paid', count(*)::integer
    from subscriptions s join invoices i on i.subscription_id = s.id and i.customer_id = s.customer_id
    where s.status = 'active' and s.suspend_not_before is null and i.status = 'overdue'
      and i.due_date < (select max(new_values ->> 'date')::date from audit_logs where action = 'billing.run')
        - (select grace_days from organisation)`.execute(db);
  return rows.filter((row) => row.count > 0).map((row) => `${row.count} ${row.fault}`);
}

/** Empties the database of a demo whose making was interrupted. */
export async function dropEverything(db: Db): Promise<void> {
  await sql`
    do $$ declare name text; begin
      for name in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
        execute format('drop schema %I cascade', name);
      end loop;
      create schema public;
    end $$`.execute(db);
}
