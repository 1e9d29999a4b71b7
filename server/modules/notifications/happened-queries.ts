import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';
import type { Happened, Span } from './notice-queries.ts';

/**
 * What happened since, read from the tables of truth: rows of once_for, event, customer_id, subject_id and vars. What an import
 * brought along happened elsewhere, and is told to nobody.
 */
type Source = (span: Span) => Happened;

const isNew = (column: SqlPart<unknown>, { after }: Span) =>
  sql`(${after}::timestamptz is null or ${column} > ${after}::timestamptz)`;

const isOurs = (column: SqlPart<unknown>) =>
  sql`not exists (select from import_sources x where x.id = ${column})`;

const open = sql`(i.amount - i.amount_paid)::text`;

const invoices: Source = (span) => sql`
  select 'invoice_issued:' || i.id as once_for, 'invoice_issued' as event, i.customer_id, i.id as subject_id,
    jsonb_build_object('invoice_number', i.invoice_number, 'amount', ${open}, 'due_date', i.due_date) as vars
  from invoices i
  where ${isNew(sql`i.created_at`, span)} and i.status in ('unpaid', 'overdue') and ${isOurs(sql`i.id`)}`;

const payments: Source = (span) => sql`
  select 'payment_received:' || p.id, 'payment_received', i.customer_id, p.id,
    jsonb_build_object('amount', p.amount::text, 'invoice_number', i.invoice_number, 'receipt_number', p.receipt_number,
      'paid_on', (p.payment_date at time zone o.timezone)::date)
  from payments p join invoices i on i.id = p.invoice_id cross join organisation o
  where ${isNew(sql`p.created_at`, span)} and p.reversed_at is null and ${isOurs(sql`p.id`)}`;

/** A pause is what the customer asked for; what came suspended from an import was so before. */
const services: Source = (span) => sql`
  select 'log:' || l.id, case l.action when 'suspended' then 'service_suspended' else 'service_resumed' end, s.customer_id, s.id,
    jsonb_build_object('package', k.name)
  from billing_logs l join subscriptions s on s.id = l.subscription_id join packages k on k.id = s.package_id
  where ${isNew(sql`l.created_at`, span)}
    and (l.action = 'suspended' and s.status = 'suspended' and s.suspended_for <> 'paused' or l.action = 'activated' and s.status = 'active')
    and not exists (select from import_sources x where x.id = s.id and x.created_at >= l.created_at)`;

const quotas: Source = (span) => sql`
  select 'told:' || a.once_for, 'quota_threshold', c.id, c.id,
    jsonb_build_object('percent', a.meta ->> 'percent', 'used_gb', trim_scale(round((a.meta ->> 'used_bytes')::numeric / 1000000000, 2))::text,
      'quota_gb', trim_scale(round((a.meta ->> 'quota_bytes')::numeric / 1000000000, 2))::text, 'until', q.period_end - 1)
  from alert_logs a join customers c on c.id = (a.meta ->> 'member_id')::uuid
    join member_quota_periods q on q.customer_id = c.id and q.period_start = (a.meta ->> 'period_start')::date
  where ${isNew(sql`a.created_at`, span)} and a.type = 'quota' and a.once_for like 'quota:%'`;

/** Everything that {@link Span} has, in one relation. */
export const happenedSince: Source = (span) =>
  sql.join(
    [invoices, payments, services, quotas].map((source) => source(span)),
    sql` union all `,
  );

/**
 * Open invoices that somebody is reminded of `today` (a local date), by the days that the rules give: the newest of their
 * days that is today's, or was yesterday's where nobody looked. Nobody is reminded of what was issued the same day.
 */
export const reminders = (today: string): Happened => sql`
  select distinct on (i.id) 'reminder:' || i.id || ':' || d.days as once_for,
    case when i.due_date > ${today}::date then 'invoice_reminder' when i.due_date = ${today}::date then 'invoice_due' else 'invoice_overdue' end as event,
    i.customer_id, i.id as subject_id,
    jsonb_build_object('invoice_number', i.invoice_number, 'amount', ${open}, 'due_date', i.due_date,
      'days', abs(i.due_date - ${today}::date)::text) as vars
  from notification_rules r cross join organisation o cross join lateral (
      select -b as days from unnest(r.reminder_days_before) b union select a from unnest(r.reminder_days_after) a
    ) d join invoices i on i.due_date in (${today}::date - d.days, ${today}::date - d.days - 1)
  where i.status in ('unpaid', 'overdue') and (i.created_at at time zone o.timezone)::date < ${today}::date
  order by i.id, d.days desc`;
