import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';
import type { SubscriptionsChange } from '../subscriptions/index.ts';

export function logChangeStatement({
  touched,
  kind,
  message,
  runId,
  at,
}: SubscriptionsChange): SqlPart<unknown> {
  return sql`
    insert into billing_logs (id, subscription_id, run_id, action, message, created_at, updated_at)
    select nadi_uuid(${at}::timestamptz, row_number() over ()), id, ${runId}::uuid, ${kind}, ${message},
      ${at}::timestamptz, ${at}::timestamptz
    from ${touched}`;
}
