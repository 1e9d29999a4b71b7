import type { TestApp } from '../support/test-app.ts';

/** Two nodes on one database. */
export type Nodes = readonly [TestApp, TestApp];

interface BookedInvoice {
  readonly id: string;
  /** Its subscription's place among those asked for. */
  readonly subscription: number;
  /** Its place among the subscription's invoices, in the order in which they were made. */
  readonly place: number;
  readonly text: string;
}

/** The invoices in the order in which they were first seen: the clock may go back, so their own instants do not tell. */
const order = new Map<string, number>();

function placed(found: readonly Omit<BookedInvoice, 'place'>[]): readonly BookedInvoice[] {
  for (const { id } of found) if (!order.has(id)) order.set(id, order.size);
  const sorted = found.toSorted((one, other) => (order.get(one.id) ?? 0) - (order.get(other.id) ?? 0));
  const counts = new Map<number, number>();
  return sorted.map((invoice) => {
    const place = counts.get(invoice.subscription) ?? 0;
    counts.set(invoice.subscription, place + 1);
    return { ...invoice, place };
  });
}

/** What the database says of these subscriptions, in the order given. */
export async function readBooks([nadi]: Nodes, ids: readonly string[]) {
  const query = async (text: string) => (await nadi.kit.pool.query(text, [ids])).rows;
  const [subscriptions, found, payments, logs] = await Promise.all([
    query(`select id, status, end_date as end, billed_until as billed, auto_renew as renews, suspended_on as since,
        suspended_for as reason, suspend_not_before as spare,
        coalesce((select (balance * 100)::int from customer_funds f where f.customer_id = s.customer_id), 0) as balance
      from subscriptions s where id = any($1) order by array_position($1::uuid[], id)`),
    query(`select id, array_position($1::uuid[], subscription_id) - 1 as subscription,
        concat_ws(' ', coalesce(period_start || '/' || period_end, ''), (amount * 100)::bigint, (amount_paid * 100)::bigint, due_date, status) as text
      from invoices where subscription_id = any($1) order by created_at, length(invoice_number), invoice_number`) as Promise<
      Omit<BookedInvoice, 'place'>[]
    >,
    query(`select p.id, p.invoice_id, (p.amount * 100)::int as amount, (p.to_balance * 100)::int as surplus, p.method, p.reversed_at is not null as reversed
      from payments p join invoices i on i.id = p.invoice_id where i.subscription_id = any($1) order by p.id`),
    query(
      `select subscription_id as id, action, count(*)::int as n from billing_logs where subscription_id = any($1) group by 1, 2`,
    ),
  ]);
  const invoices = placed(found);
  return {
    subscriptions: subscriptions.map(({ id, ...row }, index) => ({
      ...row,
      invoices: invoices.filter((invoice) => invoice.subscription === index).map((invoice) => invoice.text),
      log: Object.fromEntries(logs.filter((log) => log.id === id).map((log) => [log.action, log.n])),
    })),
    invoices,
    payments,
  };
}

/** Laws of the whole database; answers only those that are broken, with how often. */
export async function readFaults([nadi]: Nodes): Promise<Record<string, number>> {
  const { rows } = await nadi.kit.pool.query(`
    with paid as (select invoice_id, sum(amount - to_balance) filter (where reversed_at is null) as amount from payments group by 1),
    line as (select invoice_id, sum(amount) + coalesce((select sum(t.amount) from invoice_taxes t where t.invoice_id = l.invoice_id and not t.inclusive), 0) as amount
      from invoice_lines l group by 1),
    number as (select substr(invoice_number, 5, 8)::date as day, split_part(invoice_number, '-', 3)::int as n from invoices
      where status <> 'draft' and id not in (select id from import_sources where kind = 'invoice')),
    day as (select day, count(*) as n, count(distinct n) as distinct_n, max(n) as last, min(n) as first from number group by 1),
    each as (select subscription_id, period_start, period_end, status from invoices where period_start is not null
      union all select p.subscription_id, p.period_start, p.period_end, i.status from invoice_parts p join invoices i on i.id = p.invoice_id),
    period as (select subscription_id as id, period_start as one, period_end as other, status,
      lag(period_end) over (partition by subscription_id order by period_start) as before
      from each where status <> 'cancelled'),
    part_line as (select l.invoice_id, l.subscription_id, count(*) filter (where l.kind = 'package') as packages, sum(l.amount) as amount,
      min(l.package_id::text) filter (where l.kind = 'package') as package_id, max(line_number) - min(line_number) + 1 - count(*) as between
      from invoice_lines l where l.subscription_id is not null group by 1, 2),
    earned as (select p.invoice_id, p.package_id, sum(l.amount) as amount from invoice_parts p join part_line l using (invoice_id, subscription_id)
      where not exists (select from invoice_taxes t where t.invoice_id = p.invoice_id and t.inclusive) group by 1, 2),
    revenue as (select invoice_id, package_id, sum(case when credit = 'revenue' then amount when debit = 'revenue' then -amount else 0 end) as amount
      from ledger_entries where kind = 'invoice' group by 1, 2)
    select (select count(*) from invoices i left join paid p on p.invoice_id = i.id where i.amount_paid <> coalesce(p.amount, 0)) as "amount paid is not the payments",
      (select count(*) from invoices where status <> 'cancelled' and (status = 'paid') <> (amount_paid = amount)) as "paid but not in full, or the other way",
      (select count(*) from invoices where (status = 'paid') <> (paid_at is not null)) as "paid without an instant",
      (select count(*) from invoices where status = 'cancelled' and amount_paid > 0) as "voided with money",
      (select count(*) from invoices i left join line l on l.invoice_id = i.id where l.amount + i.late_fee is distinct from i.amount) as "lines do not add up",
      (select count(*) from invoices where amount <> trunc(amount)) as "not whole rupiah",
      (select count(*) from invoices i left join (select invoice_id, sum(case when 'receivable' = debit then amount when 'receivable' = credit then -amount else 0 end) as amount
        from ledger_entries group by 1) e on e.invoice_id = i.id
        where coalesce(e.amount, 0) <> case when i.status in ('cancelled', 'draft') then 0 else i.amount - i.amount_paid end) as "the ledger's receivable is not what is left to pay",
      (select count(*) from invoices i left join (select invoice_id, sum(case when 'tax' = credit then amount when 'tax' = debit then -amount else 0 end) as amount
        from ledger_entries group by 1) e on e.invoice_id = i.id
        where coalesce(e.amount, 0) <> case i.status when 'cancelled' then 0 else i.tax_amount - coalesce((select sum(tax_amount) from credit_notes where invoice_id = i.id), 0) end) as "the ledger's tax is not the invoice's",
      (select count(*) from invoices i left join (select invoice_id, sum(case when 'late_fees' = credit then amount when 'late_fees' = debit then -amount else 0 end) as amount
        from ledger_entries group by 1) e on e.invoice_id = i.id
        where coalesce(e.amount, 0) <> case i.status when 'cancelled' then 0 else i.late_fee - coalesce((select sum(late_fee) from credit_notes where invoice_id = i.id), 0) end) as "the ledger's late fees are not the invoice's",
      (select count(*) from billing_runs where state = 'done' and failed_step is not null or state = 'failed' and finished_at is null) as "a run that is not what it says",
      (select count(*) from (select invoice_id, sum(amount) as amount, sum(tax_amount) as tax, sum(late_fee) as fee from credit_notes group by 1) c
        join invoices i on i.id = c.invoice_id where i.status = 'cancelled' or c.amount > i.amount or c.tax > i.tax_amount or c.fee > i.late_fee
        or (c.amount = i.amount and (c.tax <> i.tax_amount or c.fee <> i.late_fee))) as "credited more than invoiced, or not to the rupiah",
      (select count(*) from (select invoice_id, sum(amount) as amount from credit_notes group by 1) c full join
        (select invoice_id, sum(amount) as amount from ledger_entries where kind = 'credit_note' and credit = 'customer_balance' group by 1) e on e.invoice_id = c.invoice_id
        where c.amount is distinct from e.amount) as "credit notes are not the ledger's",
      (select count(*) from (select customer_id, kind || case when reverses_id is null then '' else '_reversed' end as kind,
          sum(balance_change) as balance, sum(deposit_change) as deposit from fund_movements group by 1, 2) m full join
        (select customer_id, kind, sum(case when 'customer_balance' = credit then amount when 'customer_balance' = debit then -amount else 0 end) as balance,
          sum(case when 'deposit' = credit then amount when 'deposit' = debit then -amount else 0 end) as deposit
          from ledger_entries where kind ~ '^(top_up|refund|deposit)' group by 1, 2) e on e.customer_id = m.customer_id and e.kind = m.kind
        where m.balance is distinct from e.balance or m.deposit is distinct from e.deposit) as "movements are not the ledger's",
      (select count(*) from cash_closings c, lateral (select coalesce(sum(x.amount), 0) as amount, count(*) as n from (
        select amount from payments where cash_closing_id = c.id union all select -amount from payments where reversal_closing_id = c.id
        union all select balance_change + deposit_change from fund_movements where cash_closing_id = c.id) x) held
        where held.amount <> c.expected or held.n <> c.item_count) as "closings are not what is in them",
      (select count(*) from (select substr(receipt_number, 4, 8)::date as day, split_part(receipt_number, '-', 3)::int as n from payments) r
        full join (select issued_on as day, n from receipt_counters, generate_series(1, last_number) n) c on c.day = r.day and c.n = r.n
        where r.n is null or c.n is null) as "receipt numbers with gaps",
      (select count(*) from (select substr(credit_note_number, 4, 8)::date as day, split_part(credit_note_number, '-', 3)::int as n from credit_notes) r
        full join (select issued_on as day, n from credit_note_counters, generate_series(1, last_number) n) c on c.day = r.day and c.n = r.n
        where r.n is null or c.n is null) as "credit note numbers with gaps",
      (select count(*) from customer_funds f left join (select customer_id, sum(case when 'customer_balance' = credit then amount when 'customer_balance' = debit then -amount else 0 end) as balance,
        sum(case when 'deposit' = credit then amount when 'deposit' = debit then -amount else 0 end) as deposit from ledger_entries group by 1) e on e.customer_id = f.customer_id
        where coalesce(e.balance, 0) <> f.balance or coalesce(e.deposit, 0) <> f.deposit) as "the ledger's funds are not the customer's",
      (select count(*) from day d full join invoice_counters c on c.issued_on = d.day
        where d.n is distinct from c.last_number or d.distinct_n <> d.n or d.last <> d.n or d.first <> 1) as "numbers with gaps",
      (select count(*) from period where before > one) as "periods overlap",
      (select count(*) from invoice_parts p join invoices i on i.id = p.invoice_id where i.subscription_id is not null or i.period_start is not null
        or (p.voided_at is null) = (i.status = 'cancelled') or (select count(*) from invoice_parts o where o.invoice_id = i.id) < 2) as "parts of no joint invoice",
      (select count(*) from invoice_parts p join invoices i on i.id = p.invoice_id left join subscriptions s on s.id = p.subscription_id
        where s.customer_id is distinct from i.customer_id) as "parts of another customer",
      (select count(*) from invoice_parts p full join part_line l using (invoice_id, subscription_id)
        where l.packages is distinct from 1 or l.package_id <> p.package_id::text or l.between <> 0) as "parts are not their lines",
      (select count(*) from invoice_lines l where l.subscription_id is null and l.kind <> 'to_balance'
        and exists (select from invoice_parts p where p.invoice_id = l.invoice_id)) as "lines of a joint invoice that are nobody's",
      (select count(*) from earned e left join revenue r using (invoice_id, package_id) where coalesce(r.amount, 0) <> e.amount) as "a package's revenue is not its lines",
      (select count(*) from subscriptions s where s.billed_until - s.end_date <>
        (select coalesce(sum(other - one), 0) from period p where p.id = s.id and p.status <> 'paid')) as "unpaid time is not the open invoices'"`);
  return Object.fromEntries(
    Object.entries(rows[0] as Record<string, string>).flatMap(([law, n]) =>
      Number(n) > 0 ? [[law, Number(n)]] : [],
    ),
  );
}
