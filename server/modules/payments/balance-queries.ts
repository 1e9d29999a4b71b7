import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { eachPart, isFor } from '../billing/index.ts';
import { postStatement, takeBalanceStatement } from '../ledger/index.ts';
import { lockAllStatement } from '../subscriptions/index.ts';
import { countReceiptsStatement, receiptNumber } from './receipt-queries.ts';

/** The payments that were made with an id prefix (`newIdPrefix`); an index finds them. */
const madeWith = (idPrefix: string) =>
  sql`p.id between ${`${idPrefix}000000000000`}::uuid and ${`${idPrefix}ffffffffffff`}::uuid`;

/** Whose open invoices are paid; without it, everybody's. */
export interface Payer {
  readonly subscriptionId?: string | undefined;
}

/** What billing's log says of an invoice that a balance paid, or paid a part of. */
export const paidFromBalance = sql`'Paid from the balance: ' || trim_scale(given) || ' for ' || invoice_number
  || case when left_open > 0 then ', ' || trim_scale(left_open) || ' left' else '' end`;

/** Of invoices due on one day the earlier period, and then the lower number: their ids are made by chance. */
const oldestFirst = sql`i.due_date, i.period_start, length(i.invoice_number), i.invoice_number`;

/** Open invoices of customers who have a balance. */
const open = sql`customer_funds f join invoices i on i.customer_id = f.customer_id
  where f.balance > 0 and i.status in ('unpaid', 'overdue') and i.amount > i.amount_paid`;

const payable = ({ subscriptionId: id }: Payer) => sql`(
  select i.id, i.customer_id, i.subscription_id from ${open}
    ${id === undefined ? sql`` : sql`and ${isFor(id, 'i')}`}) o`;

/** The subscriptions of `invoices` (a relation with id and subscription_id), a row for each that is on one. */
export const subscriptionsIn = (invoices: SqlPart<unknown>) =>
  sql`(select id, subscription_id from (${eachPart(sql`(select id, subscription_id, null::integer as days from ${invoices})`)}) e where subscription_id is not null)`;

/** Locks invoices, then subscriptions, then funds, as every payment does. Returns whether there is anything to pay. */
export async function lockPayable(db: Db, payer: Payer): Promise<boolean> {
  const invoices = sql`(select id from ${payable(payer)})`;
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (select from invoices where id in ${invoices} order by id for no key update) l`.execute(
    db,
  );
  if (!rows[0]?.count) return false;
  await lockAllStatement(subscriptionsIn(payable(payer))).execute(db);
  await sql`
    select count(*) from (
      select from customer_funds where customer_id in (select customer_id from ${payable(payer)}) order by customer_id for update) l`.execute(
    db,
  );
  return true;
}

/** Locks the funds of customers (a relation with customer_id), in order; returns whether any of them has a balance. */
export async function lockFundsOf(db: Db, customers: SqlPart<unknown>): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select coalesce(bool_or(balance > 0), false) as found from (
      select balance from customer_funds where customer_id in (select customer_id from ${customers} c) order by customer_id for update) l`.execute(
    db,
  );
  return rows[0]?.found ?? false;
}

/**
 * Adds a numbered payment for each invoice that its customer's balance reaches, oldest due date first; returns how many. What
 * became payable after {@link lockPayable} looked is taken along if nobody holds it: waiting for it now would be in the wrong
 * order. The day's receipt number is the last lock.
 */
export async function insertBalancePayments(
  db: Db,
  use: Payer & { readonly idPrefix: string; readonly today: string; readonly at: string },
): Promise<number> {
  const { idPrefix, today, at } = use;
  const { rows } = await sql<{ count: number }>`
    with wanted as materialized (select * from ${payable(use)}),
    invoice as materialized (
      select id, customer_id, subscription_id, due_date, period_start, invoice_number, amount - amount_paid as left_to_pay from invoices
      where id in (select id from wanted) and status in ('unpaid', 'overdue') and amount > amount_paid
      for no key update skip locked
    ), fund as materialized (
      select customer_id, balance from customer_funds where customer_id in (select customer_id from wanted) and balance > 0
      for update skip locked
    ), needed as materialized (select * from ${subscriptionsIn(sql`wanted`)} n),
    subscription as materialized (
      select id from subscriptions where id in (select subscription_id from needed) for no key update skip locked
    ), share as (
      select i.id, least(i.left_to_pay, f.balance - coalesce(sum(i.left_to_pay) over (
        partition by i.customer_id order by ${oldestFirst} rows between unbounded preceding and 1 preceding), 0)) as amount,
        row_number() over (order by ${oldestFirst}) as place
      from invoice i join fund f on f.customer_id = i.customer_id
      where i.id not in (select n.id from needed n where n.subscription_id not in (select id from subscription))
    ), given as materialized (
      select id, amount, row_number() over (order by place) as n from share where amount > 0
    ), counted as (${countReceiptsStatement(today, sql`select count(*) from given`)}),
    paid as (
      insert into payments (id, receipt_number, invoice_id, amount, method, payment_date, created_at, updated_at)
      select (${idPrefix} || lpad(to_hex(n), 12, '0'))::uuid, ${receiptNumber(today, sql`first + n`)}, id, amount, 'balance',
        ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz
      from given, (select last_number - (select count(*) from given) as first from counted) c
      returning id
    )
    select count(*)::int as count from paid`.execute(db);
  return rows[0]?.count ?? 0;
}

/** What these payments gave each invoice, as `applyAmounts` takes it. */
export function amountsOf(idPrefix: string): SqlPart<unknown> {
  return sql`(select p.invoice_id, p.amount from payments p where ${madeWith(idPrefix)})`;
}

/** The subscriptions they paid for. */
export function subscriptionsOf(idPrefix: string): SqlPart<unknown> {
  const invoices = sql`(select i.id, i.subscription_id from payments p join invoices i on i.id = p.invoice_id where ${madeWith(idPrefix)}) m`;
  return sql`${subscriptionsIn(invoices)} s`;
}

/** Takes what they paid from the customers' balances, and books it. */
export async function bookBalancePayments(
  db: Db,
  idPrefix: string,
  today: string,
  at: string,
): Promise<void> {
  const paid = sql`payments p join invoices i on i.id = p.invoice_id where ${madeWith(idPrefix)}`;
  const taken = sql`(select i.customer_id, sum(p.amount) as amount from ${paid} group by i.customer_id) t`;
  const moves = sql`(select 'customer_balance' as debit, 'receivable' as credit, p.amount, i.customer_id, i.id as invoice_id,
    p.id as payment_id, null::uuid as package_id from ${paid}) m`;
  await takeBalanceStatement(taken, at).execute(db);
  await postStatement(moves, { day: sql`${today}::date`, kind: 'payment', at }).execute(db);
}

/** The open invoice that a customer's balance pays next: the one due first. */
export async function nextPayable(db: Db, customerId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select i.id from ${open} and f.customer_id = ${customerId} order by ${oldestFirst} limit 1`.execute(db);
  return rows[0]?.id;
}

/** The customer's newest payment from the balance that stands. */
export async function newestBalancePayment(db: Db, customerId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select p.id from payments p join invoices i on i.id = p.invoice_id
    where i.customer_id = ${customerId} and p.method = 'balance' and p.reversed_at is null and i.status <> 'cancelled'
    order by p.created_at desc, p.id desc limit 1`.execute(db);
  return rows[0]?.id;
}
