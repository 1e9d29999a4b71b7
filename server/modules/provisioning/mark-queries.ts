import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';

const served = sql`join customers c on c.id = s.customer_id join packages p on p.id = s.package_id
  left join router_settings d on d.is_default join router_settings r on r.id = coalesce(c.router_id, d.id)`;
/** Whom RADIUS lets in has no entry on the router. */
const isServed = sql`s.mikrotik_username is not null and s.status <> 'cancelled' and not (r.use_radius and p.type <> 'static')`;

/**
 * Notes that routers are to be brought in line with the subscriptions of `touched` (a relation with id): those that serve
 * them, and those that still hold something of them. It stands beside the change itself in one WITH clause, where it sees the
 * rows as they were: so it only counts the change, and what a router is to hold is read when the router is served. Asks
 * for that in the same transaction, once a router.
 */
export function markStatement(touched: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    insert into provisioning_intents (subscription_id, router_id, changed_at)
    with marks as materialized (
      select s.id as subscription_id, r.id as router_id
      from ${touched} t join subscriptions s on s.id = t.id ${served}
      -- Without any router a million subscriptions are not looked at.
      where exists (select from router_settings) and ${isServed}
      union
      select i.subscription_id, i.router_id from ${touched} t join provisioning_intents i on i.subscription_id = t.id
      union
      -- Whoever had the address before is no longer to be blocked, nor is who is about to be.
      select i.subscription_id, i.router_id from ${touched} t join subscriptions s on s.id = t.id
        join subscriptions before on before.remote_address = s.remote_address and before.id <> s.id
        join provisioning_intents i on i.subscription_id = before.id and (i.state = 'blocked' or i.verified_version <> i.version)
    ), wakes as materialized (
      select router_id, ${wake(sql`router_id`)} as job from (select distinct router_id from marks) served
    )
    -- The job is asked for, so that it is made. Locked in one order, as others mark sets too.
    select m.subscription_id, m.router_id, ${at}::timestamptz from marks m join wakes w using (router_id)
    where (w.job).id is not null order by m.subscription_id, m.router_id
    on conflict (subscription_id, router_id) do update set version = provisioning_intents.version + 1,
      changed_at = case when provisioning_intents.verified_version = provisioning_intents.version
        then excluded.changed_at else provisioning_intents.changed_at end,
      attempts = 0, retry_at = null, last_error = null, error_detail = null`;
}

/** The job that serves a router. Without a key: two changes that commit at one time must not wait for each other. */
const wake = (router: RawBuilder<unknown>) =>
  sql`graphile_worker.add_job('provisioning.router', json_build_object('router_id', ${router}))`;

/** The same for one subscription, whose routers are tried at once even where they rest after a failure. */
export async function markSubscription(db: Db, subscriptionId: string, at: string): Promise<void> {
  await markStatement(sql`(select ${subscriptionId}::uuid as id)`, at).execute(db);
  await sql`
    update router_states set next_attempt_at = null where router_id in (
      select router_id from provisioning_intents where subscription_id = ${subscriptionId})`.execute(db);
}

export async function markCustomers(db: Db, customerIds: readonly string[], at: string): Promise<void> {
  await markStatement(
    sql`(select id from subscriptions where customer_id = any(${[...customerIds]}::uuid[]))`,
    at,
  ).execute(db);
}

export async function markPackage(db: Db, packageId: string, at: string): Promise<void> {
  await markStatement(
    sql`(select id from subscriptions where package_id = ${packageId} and status <> 'cancelled')`,
    at,
  ).execute(db);
}

/** Those who are suspended, or as good as that. */
export async function markSuspended(db: Db, at: string): Promise<void> {
  const blocked = sql`select subscription_id from subscription_limits where blocked`;
  await markStatement(
    sql`(select id from subscriptions where status = 'suspended' union ${blocked})`,
    at,
  ).execute(db);
}

/** Asks for a full comparison of every router. */
export async function markRouters(db: Db): Promise<void> {
  await sql`update router_states set next_sweep_at = null, next_attempt_at = null`.execute(db);
  await sql`select ${wake(sql`id`)} from router_settings where is_active`.execute(db);
}

/** Asks for a full comparison of one router, however long it should rest. */
export async function markRouter(db: Db, routerId: string): Promise<void> {
  await sql`update router_states set next_sweep_at = null, next_attempt_at = null where router_id = ${routerId}`.execute(
    db,
  );
  await sql`select ${wake(sql`${routerId}::uuid`)}`.execute(db);
}

/** Gives every open subscription of the router its row: those from before the router, or from before this table. */
export async function ensureIntents(db: Db, routerId: string, at: string): Promise<void> {
  await sql`
    insert into provisioning_intents (subscription_id, router_id, changed_at)
    select s.id, ${routerId}, ${at}::timestamptz
    from subscriptions s ${served} where r.id = ${routerId} and ${isServed}
    order by s.id
    on conflict do nothing`.execute(db);
}

/** Forgets what only waits to be taken off a router. */
export async function forgetLeavers(db: Db, routerId: string): Promise<void> {
  await sql`
    delete from provisioning_intents i where i.router_id = ${routerId} and not exists (
      select from subscriptions s join customers c on c.id = s.customer_id left join router_settings d on d.is_default
      where s.id = i.subscription_id and s.status <> 'cancelled' and coalesce(c.router_id, d.id) = i.router_id)`.execute(
    db,
  );
}

/** Routers that are to be served now: something waits, or a full comparison is due. */
export async function wakeDue(db: Db, at: string): Promise<void> {
  await sql`
    select ${wake(sql`r.id`)} from router_settings r left join router_states s on s.router_id = r.id
    where r.is_active and (s.next_attempt_at is null or s.next_attempt_at <= ${at}::timestamptz)
      and (s.next_sweep_at is null or s.next_sweep_at <= ${at}::timestamptz or exists (
        select from provisioning_intents i where i.router_id = r.id and i.verified_version <> i.version
          and (i.retry_at is null or i.retry_at <= ${at}::timestamptz)))`.execute(db);
}
