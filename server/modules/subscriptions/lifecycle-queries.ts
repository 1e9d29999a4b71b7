import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { andIs } from './set-queries.ts';

/** Pauses one subscription from `today`, or changes when its pause ends. */
export async function pauseOne(
  db: Db,
  id: string,
  { today, resumeOn, at }: { readonly today: string; readonly resumeOn: string | null; readonly at: string },
): Promise<void> {
  await sql`
    update subscriptions set status = 'suspended', suspended_for = 'paused', suspended_on = coalesce(suspended_on, ${today}::date),
      suspend_not_before = null, resume_on = ${resumeOn}::date, updated_at = ${at}::timestamptz
    where id = ${id}`.execute(db);
}

/** Remembers that it is to be cancelled at its period's end, or with `since` null that it is not. */
export async function setCancelRequest(
  db: Db,
  id: string,
  {
    since,
    reason,
    at,
  }: { readonly since: string | null; readonly reason: string | null; readonly at: string },
): Promise<void> {
  await db
    .updateTable('subscriptions')
    .set({
      cancel_requested_on: since,
      cancel_reason: reason,
      updated_at: at,
      ...(since === null ? { period_over: false } : { next_package_id: null }),
    })
    .where('id', '=', id)
    .execute();
}

export async function setCancelReason(db: Db, id: string, reason: string | null): Promise<void> {
  await db.updateTable('subscriptions').set({ cancel_reason: reason }).where('id', '=', id).execute();
}

export async function setNextPackage(
  db: Db,
  id: string,
  packageId: string | null,
  at: string,
): Promise<void> {
  await db
    .updateTable('subscriptions')
    .set({ next_package_id: packageId, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** Pauses whose day has come, as a relation with id; `only` this one, if named. */
export const pausesToEnd = (today: string, only?: string): RawBuilder<unknown> =>
  sql`(select id from subscriptions s where resume_on <= ${today}::date and suspended_for = 'paused' ${andIs(only)}) ended`;

/** Those with another package from their next period on whose next period is about to be invoiced. */
const switching = (horizon: string) => sql`
  s.next_package_id is not null and s.status = 'active' and s.auto_renew and s.cancel_requested_on is null
  and (s.period_over or (p.billing_mode = 'prepaid' and s.end_date <= ${horizon}::date and s.billed_until <= ${horizon}::date))`;

/** Gives them their next package; `only` this one, if named. Returns id, package_id and old_package_id. */
export function switchPackagesStatement(horizon: string, at: string, only?: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set package_id = d.next_package_id, next_package_id = null, period_over = false,
      updated_at = ${at}::timestamptz
    from (
      select s.id, s.package_id, s.next_package_id, s.xmin as version from subscriptions s join packages p on p.id = s.package_id
      where ${switching(horizon)} ${andIs(only)}
    ) d
    where s.id = d.id and s.xmin = d.version
    returning s.id, s.package_id, d.package_id as old_package_id`;
}

/** Gives one subscription its next package at once, because its next period is invoiced by hand. */
export async function switchPackageOf(db: Db, id: string, at: string): Promise<void> {
  await sql`
    with switched as (
      update subscriptions s set package_id = s.next_package_id, next_package_id = null, period_over = false,
        updated_at = ${at}::timestamptz
      where s.id = ${id} and s.next_package_id is not null and s.auto_renew
        and (s.period_over or exists (select from packages p where p.id = s.package_id and p.billing_mode = 'prepaid'))
      returning s.id, s.package_id
    ), aligned as (${alignServicesStatement(sql`switched`, at)})
    select 1`.execute(db);
}

/** Brings the router accounts' services in line with the packages of `switched` (id, package_id). */
export function alignServicesStatement(switched: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    update mikrotik_secrets m set service = d.service, updated_at = ${at}::timestamptz
    from (
      select w.id, case p.type when 'pppoe' then 'pppoe' when 'hotspot' then 'hotspot' else 'any' end as service
      from ${switched} w join packages p on p.id = w.package_id
    ) d
    where m.subscription_id = d.id and m.service <> d.service`;
}

/** The same for all of one package, which is of another type now. */
export async function alignServicesOf(db: Db, packageId: string, at: string): Promise<void> {
  const sold = sql`(select id, package_id from subscriptions where package_id = ${packageId})`;
  await alignServicesStatement(sold, at).execute(db);
}

/**
 * Those to be cancelled whose time is over. What is active runs to the end of what is invoiced, and a postpaid one to the
 * end of its period; what is suspended is over when no paid time waits for it; a pause goes on.
 */
const ended = (today: string) => sql`
  s.cancel_requested_on is not null and s.status <> 'cancelled' and (
    s.period_over
    or s.status = 'expired'
    or (s.status = 'active' and p.billing_mode = 'prepaid' and s.billed_until <= ${today}::date)
    or (s.status = 'suspended' and s.suspended_for <> 'paused'
      and s.end_date <= case when p.bill_suspended_time then ${today}::date else s.suspended_on end))`;

/** The relation of them, with subscription_id; `only` this one, if named. */
export const cancellationsDue = (today: string, only?: string): RawBuilder<unknown> =>
  sql`(select s.id as subscription_id from subscriptions s join packages p on p.id = s.package_id where ${ended(today)} ${andIs(only)})`;

/** Cancels them; their router accounts go by {@link dropSecretsStatement}. */
export function cancelEndedStatement(today: string, at: string, only?: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set status = 'cancelled', suspended_on = null, suspended_for = null, resume_on = null,
      cancel_requested_on = null, next_package_id = null, period_over = false, updated_at = ${at}::timestamptz
    from packages p
    where p.id = s.package_id and ${ended(today)} ${andIs(only)}
    returning s.id`;
}

/** Deletes the router accounts of `gone` (id), so that their usernames are free again. */
export function dropSecretsStatement(gone: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`delete from mikrotik_secrets where subscription_id in (select id from ${gone})`;
}
