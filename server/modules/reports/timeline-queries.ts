import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { fieldError } from '#kit/errors.ts';

/** One thing that happened, as the database tells of it; words.ts makes the sentence. */
export interface Happening {
  /** Unique in a timeline. */
  readonly id: string;
  readonly at: string;
  readonly kind: 'customer' | 'subscription' | 'invoice' | 'payment' | 'reversal' | 'funds' | 'change';
  readonly action: string;
  readonly actor: string | null;
  readonly amount: string | null;
  readonly subscription_id: string | null;
  readonly invoice_id: string | null;
  readonly payment_id: string | null;
  readonly invoice_number: string | null;
  /** The package's name, a payment's method, the name of a discount, add-on or charge, or what was changed. */
  readonly detail: string | null;
  readonly reason: string | null;
}

/** What the audit log tells that the rows themselves tell as well, and who looked at a password. */
const toldElsewhere = [
  'customer.created',
  'subscription.created',
  'subscription.suspended',
  'subscription.activated',
  'subscription.cancelled',
  'subscription.secret_shown',
  'invoice.created',
  'invoice.issued',
  'payment.created',
  'payment.reversed',
];

export async function customerExists(db: Db, id: string): Promise<boolean> {
  const row = await db.selectFrom('customers').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

/** What happened to a customer, newest first, behind `cursor`. A customer has hundreds of these, not thousands. */
export async function listHappenings(
  db: Db,
  customerId: string,
  { cursor, limit }: { readonly cursor: string | undefined; readonly limit: number },
): Promise<readonly Happening[]> {
  const behind = cursor === undefined ? sql`true` : behindCursor(cursor);
  const { rows } = await sql<Happening>`
    with subscription as materialized (
      select s.id, p.name from subscriptions s join packages p on p.id = s.package_id where s.customer_id = ${customerId}
    ), invoice as materialized (
      select id, invoice_number, subscription_id, amount, created_at, status from invoices where customer_id = ${customerId}
    ), payment as materialized (
      select p.*, i.invoice_number, i.subscription_id, u.email from invoice i join payments p on p.invoice_id = i.id
        left join users u on u.id = p.received_by
    ), subject as (
      select 'customer' as type, ${customerId}::uuid as id, null::uuid as subscription_id, null::uuid as invoice_id, null::uuid as payment_id, null as invoice_number, null as name
      union all select 'subscription', id, id, null, null, null, name from subscription
      union all select 'invoice', id, subscription_id, id, null, invoice_number, null from invoice
      union all select 'payment', id, subscription_id, invoice_id, id, invoice_number, null from payment
      union all select 'discount', d.id, s.id, null, null, null, d.name from subscription s join subscription_discounts d on d.subscription_id = s.id
      union all select 'addon', a.id, s.id, null, null, null, a.name from subscription s join subscription_addons a on a.subscription_id = s.id
      union all select 'charge', c.id, s.id, null, null, null, c.description from subscription s join charges c on c.subscription_id = s.id
    )
    select * from (
      select 'customer:' || c.id as id, c.created_at as at, 'customer' as kind, 'created' as action, (
          select actor from audit_logs where subject_type = 'customer' and subject_id = c.id and action = 'customer.created' limit 1) as actor,
        null::numeric as amount, null::uuid as subscription_id, null::uuid as invoice_id, null::uuid as payment_id,
        null as invoice_number, null as detail, null as reason
      from customers c where c.id = ${customerId}
      union all
      select 'change:' || a.id, a.created_at, case when a.subject_type = 'customer' then 'customer' when a.action = 'invoice.cancelled' then 'invoice' else 'change' end,
        a.action, a.actor, null, s.subscription_id, s.invoice_id, s.payment_id, s.invoice_number,
        case when s.type in ('discount', 'addon', 'charge') then s.name
          else (select string_agg(k, ', ' order by k) from jsonb_object_keys(a.new_values) k) end, null
      from subject s join audit_logs a on a.subject_type = s.type and a.subject_id = s.id
      where a.action <> all(${toldElsewhere})
      union all
      select 'subscription:' || l.id, l.created_at, 'subscription', l.action, null, null, l.subscription_id, null, null, null, s.name, l.message
      from subscription s join billing_logs l on l.subscription_id = s.id
      where l.invoice_id is null or l.action = 'suspended'
      union all
      select 'invoice:' || id, created_at, 'invoice', 'created', null, amount, subscription_id, id, null, invoice_number, null, null from invoice
      where status <> 'draft'
      union all
      select 'fee:' || lpad(e.id::text, 36, '0'), e.created_at, 'invoice', 'late_fee', null, e.amount, i.subscription_id, i.id, null, i.invoice_number, null, null
      from ledger_entries e join invoice i on i.id = e.invoice_id where e.customer_id = ${customerId} and e.kind = 'late_fee'
      union all
      select 'payment:' || id, created_at, 'payment', 'created', email, amount, subscription_id, invoice_id, id, invoice_number, method, null from payment
      union all
      select 'reversal:' || id, reversed_at, 'reversal', 'reversed', null, amount, subscription_id, invoice_id, id, invoice_number, method, reversal_reason
      from payment where reversed_at is not null
      union all
      select 'credit:' || n.id, n.created_at, 'invoice', 'credit_note', u.email, n.amount, i.subscription_id, i.id, null, i.invoice_number, n.credit_note_number, n.reason
      from credit_notes n join invoice i on i.id = n.invoice_id left join users u on u.id = n.created_by where n.customer_id = ${customerId}
      union all
      select 'funds:' || m.id, m.created_at, 'funds', m.kind || case when m.reverses_id is null then '' else '_reversed' end, u.email, m.amount,
        null, null, null, null, m.method, m.notes
      from fund_movements m left join users u on u.id = m.created_by where m.customer_id = ${customerId}
    ) t where ${behind} order by date_trunc('milliseconds', t.at) desc, t.id collate "C" desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** The place behind a row of a timeline. */
export function cursorOf(row: { readonly at: string; readonly id: string }): string {
  return Buffer.from(`${row.at} ${row.id}`).toString('base64url');
}

/** @throws {AppError} validation_failed on a cursor we did not give */
function behindCursor(cursor: string) {
  const [, at = '', id = ''] =
    /^([1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([a-z]+:[0-9a-f-]{36})$/.exec(
      Buffer.from(cursor, 'base64url').toString('latin1'),
    ) ?? [];
  if (!isInstant(at)) {
    throw fieldError('cursor', {
      en: 'Use the next_cursor of an earlier answer as it is.',
      id: 'Gunakan next_cursor dari jawaban sebelumnya apa adanya.',
    });
  }
  return sql`(date_trunc('milliseconds', t.at), t.id collate "C") < (${at}::timestamptz, ${id}::text)`;
}

function isInstant(text: string): boolean {
  try {
    return Temporal.Instant.from(text) !== undefined;
  } catch {
    return false;
  }
}
