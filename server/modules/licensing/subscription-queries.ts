import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import type { SubscriptionsChange } from '../subscriptions/index.ts';

/** How a license stands by its subscription. What was cancelled never comes back. */
const standing = {
  suspended: 'suspended',
  activated: 'active',
  expired: 'expired',
  cancelled: 'expired',
  deleted: 'expired',
} as const;

/**
 * Statements over the changed subscriptions, which stand beside the change itself: licenses are made for those to a package of
 * the type license, and follow how they stand. What a person decided stands in a column of its own, so a payment resumes only what the
 * subscription suspended. Package and paid time are never copied: they are read from the subscription where they matter.
 */
export function licenseStatements({
  kind,
  touched,
  runId,
  at,
}: SubscriptionsChange): readonly SqlPart<unknown>[] {
  if (kind === 'created' || kind === 'updated') {
    // A run sees the rows as they were before it changed their packages.
    const sold = runId === null ? sql`s.package_id` : sql`coalesce(s.next_package_id, s.package_id)`;
    return [
      makeStatement(
        sql`${touched} t join subscriptions s on s.id = t.id join packages p on p.id = ${sold}`,
        at,
      ),
    ];
  }
  return [
    sql`
      update licenses set subscribed = ${standing[kind]}, updated_at = ${at}::timestamptz
      where subscription_id in (select id from ${touched}) and subscribed <> ${standing[kind]}`,
  ];
}

/** Makes the licenses of those who subscribe to a package that became one of the type license. */
export async function makeLicensesOf(db: Db, packageId: string, at: string): Promise<void> {
  const from = sql`subscriptions s join packages p on p.id = s.package_id and p.id = ${packageId}`;
  await makeStatement(from, at).execute(db);
}

const makeStatement = (from: SqlPart<unknown>, at: string): SqlPart<unknown> => sql`
  insert into licenses (id, customer_id, subscription_id, subscribed, created_at, updated_at)
  select nadi_uuid(${at}::timestamptz, row_number() over ()), s.customer_id, s.id,
    case s.status when 'active' then 'active' when 'suspended' then 'suspended' else 'expired' end, ${at}::timestamptz, ${at}::timestamptz
  from ${from} where p.type = 'license' and s.status <> 'cancelled'
  on conflict (subscription_id) do nothing`;
