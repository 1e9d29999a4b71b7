import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { addBalanceStatement, postStatement } from '../ledger/index.ts';
import { lockAllStatement } from '../subscriptions/index.ts';
import { subscriptionsIn } from './balance-queries.ts';
import { countReceiptsStatement, receiptNumber } from './receipt-queries.ts';

/** Money that a gateway has for an invoice. */
export interface GatewayMoney {
  readonly invoice_id: string;
  /** Decimal text, above zero. */
  readonly amount: string;
  readonly method: string;
  readonly paid_at: string;
  readonly transaction_id: string;
  readonly midtrans_transaction_id: string | null;
  readonly midtrans_status: string | null;
}

/** How much of it its invoice takes, and what is the customer's beyond that. */
export interface Allotted extends GatewayMoney {
  readonly customer_id: string;
  readonly applied: string;
  readonly surplus: string;
}

/** Columns of {@link appliedAmounts}. */
export const ofGiven = { paidAt: sql`g.paid_at`, reference: sql`g.transaction_id` };

/** What billing's log says of an invoice that was paid through a gateway, or a part of it. */
export const paidThroughGateway = sql`'Paid online: ' || trim_scale(given) || ' for ' || invoice_number
  || case when left_open > 0 then ', ' || trim_scale(left_open) || ' left' else '' end`;

const asRows = (rows: readonly unknown[], columns: SqlPart<unknown>) =>
  sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(${columns})`;

/** Locks invoices, then their subscriptions, as every payment does. */
export async function lockForPayment(db: Db, invoiceIds: readonly string[]): Promise<void> {
  const ids = sql`${[...new Set(invoiceIds)]}::uuid[]`;
  await sql`select from invoices where id = any(${ids}) order by id for no key update`.execute(db);
  await lockAllStatement(
    subscriptionsIn(sql`(select id, customer_id, subscription_id from invoices where id = any(${ids})) i`),
  ).execute(db);
}

/** Says of each how much its invoice takes; one that is paid, cancelled or a draft takes nothing. The locks are held. */
export async function allot(db: Db, money: readonly GatewayMoney[]): Promise<readonly Allotted[]> {
  const invoices = [...new Set(money.map(({ invoice_id: id }) => id))];
  const { rows } = await sql<{ id: string; customer_id: string; left_to_pay: string }>`
    select id, customer_id, case when status in ('unpaid', 'overdue') then amount - amount_paid else 0.00 end as left_to_pay
    from invoices where id = any(${invoices}::uuid[])`.execute(db);
  const found = new Map(rows.map((row) => [row.id, row]));
  const { rows: allotted } = await sql<Allotted>`
    select r.*, least(r.amount, r.left_to_pay)::numeric(14,2) as applied, greatest(r.amount - r.left_to_pay, 0)::numeric(14,2) as surplus
    from ${asRows(
      money.flatMap((each) => {
        const invoice = found.get(each.invoice_id);
        return invoice === undefined ? [] : [{ ...each, ...invoice, id: undefined }];
      }),
      sql`invoice_id uuid, amount numeric(14,2), method text, paid_at text, transaction_id text, midtrans_transaction_id text,
        midtrans_status text, customer_id uuid, left_to_pay numeric(14,2)`,
    )} order by r.invoice_id`.execute(db);
  return allotted;
}

/** Locks the funds of customers, in order, and makes their rows where there are none. */
export async function lockFundsFor(db: Db, customerIds: readonly string[], at: string): Promise<void> {
  await sql`
    insert into customer_funds (customer_id, updated_at)
    select id, ${at}::timestamptz from unnest(${[...new Set(customerIds)]}::uuid[]) id order by id
    on conflict (customer_id) do update set updated_at = customer_funds.updated_at`.execute(db);
}

/** What they give their invoices, as `applyAmounts` takes it. */
export function appliedAmounts(allotted: readonly Allotted[]): SqlPart<unknown> {
  const rows = allotted.filter(({ applied }) => Number(applied) > 0);
  return sql`(select invoice_id, applied as amount, paid_at, transaction_id from ${asRows(
    rows,
    sql`invoice_id uuid, applied numeric(14,2), paid_at timestamptz, transaction_id text`,
  )})`;
}

/** The subscriptions that are on these invoices. */
export function subscriptionsOn(allotted: readonly Allotted[]): SqlPart<unknown> {
  const ids = allotted.map(({ invoice_id: id }) => id);
  return sql`${subscriptionsIn(sql`(select id, subscription_id from invoices where id = any(${ids}::uuid[])) m`)} s`;
}

/**
 * Adds a numbered payment for each, puts what is above the invoice into the customer's balance, and books both, on the local
 * day they were paid or the first one that is still open. Returns the payments' ids by transaction.
 */
export async function insertGatewayPayments(
  db: Db,
  allotted: readonly Allotted[],
  { idPrefix, today, at }: { readonly idPrefix: string; readonly today: string; readonly at: string },
): Promise<ReadonlyMap<string, string>> {
  const given = asRows(
    allotted.map((each, index) => ({ ...each, n: index + 1 })),
    sql`n integer, invoice_id uuid, customer_id uuid, amount numeric(14,2), surplus numeric(14,2), method text, paid_at timestamptz,
      transaction_id text, midtrans_transaction_id text, midtrans_status text`,
  );
  const moves = sql`(
    select case when p.is_transfer then 'bank' else 'gateway' end as debit, c.credit, c.amount, p.customer_id, p.invoice_id, p.id as payment_id, null::uuid as package_id, p.day
    from paid p, lateral (values ('receivable', p.amount - p.surplus), ('customer_balance', p.surplus)) c (credit, amount)) m`;
  const { rows } = await sql<{ id: string; transaction_id: string }>`
    with given as materialized (select * from ${given}),
    counted as (${countReceiptsStatement(today, sql`select count(*) from given`)}),
    made as (
      insert into payments (id, receipt_number, invoice_id, amount, to_balance, method, transaction_id, midtrans_transaction_id,
        midtrans_status, payment_date, created_at, updated_at)
      select (${idPrefix} || lpad(to_hex(n), 12, '0'))::uuid, ${receiptNumber(today, sql`first + n`)}, invoice_id, amount, surplus, method,
        transaction_id, midtrans_transaction_id, midtrans_status, paid_at, ${at}::timestamptz, ${at}::timestamptz
      from given, (select last_number - (select count(*) from given) as first from counted) c
      returning id, invoice_id, transaction_id, amount, to_balance, payment_date
    ), paid as (
      select m.id, m.invoice_id, m.amount, m.to_balance as surplus, g.customer_id,
        g.method = 'transfer' and g.midtrans_transaction_id is null as is_transfer,
        greatest((m.payment_date at time zone o.timezone)::date, coalesce(l.closed_until + 1, '-infinity'::date)) as day
      from made m join given g on g.transaction_id = m.transaction_id, organisation o, ledger_closing l
    ), booked as (${postStatement(moves, { day: sql`day`, kind: 'payment', at })}),
    kept as (${addBalanceStatement(sql`(select customer_id, sum(surplus) as amount from paid group by customer_id) b`, at)})
    select id, transaction_id from made`.execute(db);
  return new Map(rows.map(({ id, transaction_id: transaction }) => [transaction, id]));
}
