import { sql } from 'kysely';
import type { z } from 'zod';
import type { invoicePartSchema } from '#contract';
import type { Db, SqlPart } from '#kit/db.ts';
import { lockAllStatement, lockSubscription } from '../subscriptions/index.ts';

/*
 * An invoice of one subscription names it and its period itself; one of several has `invoice_parts` instead. What must hold of
 * both asks here.
 */

/** A row for each subscription and period of each invoice: of an invoice of one subscription one, without a subscription none. */
export const invoiced = sql`(
  select id, customer_id, subscription_id, period_start, period_end, invoice_number, due_date, status, amount, amount_paid
  from invoices where subscription_id is not null
  union all
  select i.id, i.customer_id, p.subscription_id, p.period_start, p.period_end, i.invoice_number, i.due_date, i.status, i.amount, i.amount_paid
  from invoice_parts p join invoices i on i.id = p.invoice_id)`;

/**
 * The rows of `invoices` (a relation with id, subscription_id and days) once for each subscription they are for, with its days;
 * those for none once. `columns` are others of them, as `v`.
 */
export const eachPart = (
  invoices: SqlPart<unknown>,
  columns: SqlPart<unknown> = sql``,
): SqlPart<unknown> => sql`
  select v.id, coalesce(v.subscription_id, p.subscription_id) as subscription_id, coalesce(v.days, p.period_end - p.period_start) as days ${columns}
  from ${invoices} v left join invoice_parts p on v.subscription_id is null and p.invoice_id = v.id`;

/** The condition that an invoice, named `invoice`, is for the subscription, alone or with others. The customer's index finds the few. */
export const isFor = (subscriptionId: string, invoice: string): SqlPart<unknown> => sql`
  ${sql.ref(`${invoice}.customer_id`)} = (select customer_id from subscriptions where id = ${subscriptionId})
  and (${sql.ref(`${invoice}.subscription_id`)} = ${subscriptionId}
    or ${sql.ref(`${invoice}.id`)} in (select invoice_id from invoice_parts where subscription_id = ${subscriptionId}))`;

/** The subscriptions of one invoice, as `resumeSettled` takes them. */
export const subscriptionsOfInvoice = (invoiceId: string): SqlPart<unknown> => sql`(
  select subscription_id from invoices where id = ${invoiceId} and subscription_id is not null
  union all select subscription_id from invoice_parts where invoice_id = ${invoiceId}) s`;

/** Locks what an invoice is for, in the order in which everybody does. The caller holds the invoice. */
export async function lockSubscriptionsOf(
  db: Db,
  { id, subscription_id: only }: { readonly id: string; readonly subscription_id: string | null },
): Promise<void> {
  if (only === null) {
    const parts = sql`(select subscription_id from invoice_parts where invoice_id = ${id})`;
    await lockAllStatement(parts).execute(db);
  } else {
    await lockSubscription(db, only);
  }
}

/** All that was ever invoiced together with others; a relation with subscription_id. */
export const everJoined = sql`(select subscription_id from invoice_parts)`;

/** The parts of an invoice of several subscriptions, in the order of its lines; of any other none. */
export async function partsOfInvoice(db: Db, id: string): Promise<z.input<typeof invoicePartSchema>[]> {
  const { rows } = await sql<z.input<typeof invoicePartSchema>>`
    select p.subscription_id, s.mikrotik_username, p.package_id, k.name as package_name, p.period_start, p.period_end, l.amount
    from invoice_parts p join subscriptions s on s.id = p.subscription_id join packages k on k.id = p.package_id
      join (
        select subscription_id, min(line_number) as place, sum(amount) as amount
        from invoice_lines where invoice_id = ${id} and subscription_id is not null group by subscription_id
      ) l on l.subscription_id = p.subscription_id
    where p.invoice_id = ${id} order by l.place`.execute(db);
  return rows;
}
