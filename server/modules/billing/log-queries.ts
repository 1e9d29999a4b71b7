import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';
import type { SubscriptionsChange } from '../subscriptions/index.ts';

export function logChangeStatement({
  touched,
  kind,
  action = kind,
  message,
  reasons,
  runId,
  at,
}: SubscriptionsChange): SqlPart<unknown> {
  if (reasons !== undefined) {
    return sql`
      insert into billing_logs (id, subscription_id, invoice_id, run_id, action, message, meta, created_at, updated_at)
      select nadi_uuid(${at}::timestamptz, row_number() over ()), t.id, r.invoice_id, ${runId}::uuid, ${action}, coalesce(r.message, ${message}),
        r.meta, ${at}::timestamptz, ${at}::timestamptz
      from ${touched} t left join ${reasons} r on r.id = t.id`;
  }
  return sql`
    insert into billing_logs (id, subscription_id, run_id, action, message, created_at, updated_at)
    select nadi_uuid(${at}::timestamptz, row_number() over ()), id, ${runId}::uuid, ${action}, ${message},
      ${at}::timestamptz, ${at}::timestamptz
    from ${touched}`;
}
