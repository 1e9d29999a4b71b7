import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { isOwed } from '../billing/index.ts';

/**
 * Who has an IP address (an inet): a query giving rows of subscription_id uuid and online boolean, which says whether a session
 * of theirs has it now; otherwise it is only set aside for them.
 */
export type AddressSource = (address: RawBuilder<unknown>) => RawBuilder<unknown>;

/** The source that says of any address that a subscription is online with it. */
export const onlineAs =
  (subscriptionId: string): AddressSource =>
  () =>
    sql`select ${subscriptionId}::uuid as subscription_id, true as online`;

export interface OpenInvoice {
  readonly id: string;
  readonly number: string;
  readonly due_date: string;
  /** What is left to pay; decimal text. */
  readonly left: string;
  /** How many there are, and what is left of all together. */
  readonly count: number;
  readonly total: string;
}

export interface Debtor {
  readonly name: string;
  readonly is_blocked: boolean;
  /** A quota has it blocked, which no payment of an invoice ends. */
  readonly is_used_up: boolean;
  /** Those due first, at most as many as asked for. */
  readonly invoices: readonly OpenInvoice[];
}

/**
 * The customer who calls from an IP address, with the open invoices; undefined where it is nobody's, or may be that of two. Who
 * is online with it goes before whom it is set aside for.
 */
export async function debtorAt(
  db: Db,
  sources: readonly AddressSource[],
  address: string,
  most: number,
): Promise<Debtor | undefined> {
  const given = sql`${address}::inet`;
  const { rows } = await sql<Debtor>`
    with found as materialized (
      ${sql.join(
        sources.map((source) => source(given)),
        sql` union all `,
      )}
    ), here as (
      select (array_agg(distinct s.customer_id))[1] as customer_id,
        bool_or(s.status = 'suspended' or (l.blocked and l.reason <> 'quota') is true) as is_blocked,
        bool_or((l.blocked and l.reason = 'quota') is true) as is_used_up
      from found f join subscriptions s on s.id = f.subscription_id left join subscription_limits l on l.subscription_id = s.id
      where s.status <> 'cancelled' and f.online = (select bool_or(online) from found)
      having count(distinct s.customer_id) = 1
    )
    select c.name, h.is_blocked, h.is_used_up, coalesce((
      select json_agg(i order by i.due_date, i.number) from (
        select id, invoice_number as number, due_date::text, (amount - amount_paid)::text as left,
          (count(*) over ())::integer as count, (sum(amount - amount_paid) over ())::text as total
        from invoices where customer_id = c.id and status in ('unpaid', 'overdue') and ${isOwed}
        order by due_date, invoice_number limit ${most}) i), '[]') as invoices
    from here h join customers c on c.id = h.customer_id`.execute(db);
  return rows[0];
}

export interface Provider {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly address: string | null;
  readonly language: string;
  readonly payment_instructions: string | null;
  /** When the logo was set; null where there is none. */
  readonly logo_at: string | null;
}

export async function readProvider(db: Db): Promise<Provider> {
  const { rows } = await sql<Provider>`
    select o.name, o.phone, o.email, o.address, o.language, o.payment_instructions, l.updated_at as logo_at
    from organisation o left join organisation_logo l on l.organisation_id = o.id`.execute(db);
  const [provider] = rows;
  if (provider === undefined) throw new Error('There is no organisation.');
  return provider;
}
