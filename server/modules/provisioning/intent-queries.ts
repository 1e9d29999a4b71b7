import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { Wanted } from './wanted.ts';

/** What a router is to hold of each subscription, as the business says now, with how far it has come. */
const wanted = sql`
  select i.subscription_id, i.version::text, i.verified_version = i.version as verified, i.attempts, i.kind as applied_kind,
    i.name as applied_name, i.must_drop, i.adopt, coalesce(i.approved_version = i.version, false) as approved,
    coalesce(i.last_error = 'held', false) as held,
    case
      when s.status <> 'active' and (s.status = 'cancelled' or m.id is null) and p.type = 'static' and s.remote_address is not null
        and coalesce(c.router_id, d.id) = i.router_id and not exists (
          select from subscriptions other join customers oc on oc.id = other.customer_id
          where other.remote_address = s.remote_address and other.id <> s.id and other.status <> 'cancelled'
            and coalesce(oc.router_id, d.id) = i.router_id)
        then 'blocked'
      when s.id is null or m.id is null or s.status = 'cancelled' or p.type = 'license'
        or coalesce(c.router_id, d.id) is distinct from i.router_id or (r.use_radius and p.type <> 'static') then 'absent'
      when m.disabled or s.status = 'expired' then 'off'
      when s.status = 'active' and l.blocked is not true then 'on'
      when o.suspend_mode = 'isolir' then 'isolated'
      else 'off'
    end as state,
    m.username, m.password, s.local_address, s.remote_address, s.profile as own_profile,
    o.isolir_profile, o.isolir_pool, o.isolir_address_list, o.isolir_rate, r.template_profile, p.id as package_id, p.type as package_type,
    p.rate_limit, l.rate_limit as limited_to
  from provisioning_intents i
    left join subscriptions s on s.id = i.subscription_id left join customers c on c.id = s.customer_id
    left join packages p on p.id = s.package_id left join mikrotik_secrets m on m.subscription_id = s.id
    left join subscription_limits l on l.subscription_id = s.id
    left join router_settings d on d.is_default join router_settings r on r.id = i.router_id cross join organisation o`;

/** What waits, the longest first. */
export function dueIntents(db: Db, routerId: string, at: string, limit: number): Promise<readonly Wanted[]> {
  return wantedWhere(
    db,
    sql`i.router_id = ${routerId} and i.verified_version <> i.version and (i.retry_at is null or i.retry_at <= ${at}::timestamptz)
      order by i.changed_at limit ${limit}`,
  );
}

export function allIntents(db: Db, routerId: string): Promise<readonly Wanted[]> {
  return wantedWhere(db, sql`i.router_id = ${routerId}`);
}

async function wantedWhere(db: Db, where: RawBuilder<unknown>): Promise<readonly Wanted[]> {
  const { rows } = await sql<Wanted>`${wanted} where ${where}`.execute(db);
  return rows;
}

/** How many entries of the router are Nadi's, as far as it knows, and how many changes are held. */
export async function countOwned(
  db: Db,
  routerId: string,
): Promise<{ readonly owned: number; readonly held: number }> {
  const { rows } = await sql<{ owned: number; held: number }>`
    select count(*) filter (where name is not null)::integer as owned,
      count(*) filter (where verified_version <> version and last_error = 'held' and approved_version is distinct from version)::integer as held
    from provisioning_intents where router_id = ${routerId}`.execute(db);
  return rows[0] ?? { owned: 0, held: 0 };
}

/** Remembers, before anything is written, that the sessions of these run as before and must end. */
export async function mustDrop(db: Db, routerId: string, subscriptionIds: readonly string[]): Promise<void> {
  if (subscriptionIds.length === 0) return;
  const these = sql`router_id = ${routerId} and subscription_id = any(${[...subscriptionIds]}::uuid[])`;
  await sql`
    update provisioning_intents i set must_drop = true, verified_version = 0
    from ${inOrder(these)} l where i.router_id = ${routerId} and i.subscription_id = l.subscription_id`.execute(
    db,
  );
}

/** The same for all who use a profile that is about to change; they wait then. */
export async function mustDropAllOf(
  db: Db,
  routerId: string,
  profiles: readonly string[],
  at: string,
): Promise<void> {
  if (profiles.length === 0) return;
  const users = sql`router_id = ${routerId} and profile = any(${[...profiles]}::text[]) and state <> 'off' and not must_drop`;
  await sql`
    update provisioning_intents i set must_drop = true, version = i.version + 1,
      changed_at = case when i.verified_version = i.version then ${at}::timestamptz else i.changed_at end
    from ${inOrder(users)} l where i.router_id = ${routerId} and i.subscription_id = l.subscription_id`.execute(
    db,
  );
}

/** Locked in the order in which changes mark them, so that neither waits for the other in a circle. */
const inOrder = (which: RawBuilder<unknown>) => sql`
  (select subscription_id from provisioning_intents where ${which} order by subscription_id for no key update)`;

/** How one intent fared. */
export interface Outcome {
  readonly subscription_id: string;
  readonly version: string;
  /** What the router now holds; null is nothing. */
  readonly kind: string | null;
  readonly name: string | null;
  readonly profile: string | null;
  readonly state: string | null;
  /** Null where all is as it should be. */
  readonly fault: string | null;
  readonly detail: string | null;
  readonly retry_at: string | null;
}

/**
 * Writes down how intents fared. Only the version that was served counts as seen: one that changed meanwhile waits on. What
 * the router holds no more, and should not, is forgotten.
 */
export async function saveOutcomes(
  db: Db,
  routerId: string,
  outcomes: readonly Outcome[],
  at: string,
): Promise<void> {
  if (outcomes.length === 0) return;
  const given = sql`jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as o(subscription_id uuid, version bigint, kind text, name text,
    profile text, state text, fault text, detail text, retry_at timestamptz)`;
  await sql`
    with given as (select * from ${given}),
    locked as (
      select i.subscription_id, i.version = g.version as current, g.kind, g.name, g.profile, g.state, g.fault, g.detail, g.retry_at
      from given g join provisioning_intents i on i.subscription_id = g.subscription_id and i.router_id = ${routerId}
      order by i.subscription_id for update of i
    ), gone as (
      delete from provisioning_intents i using locked l where i.router_id = ${routerId} and i.subscription_id = l.subscription_id
        and l.current and l.fault is null and l.state is null
    )
    update provisioning_intents i set
      kind = case when l.fault is null then l.kind else i.kind end, name = case when l.fault is null then l.name else i.name end,
      profile = case when l.fault is null then l.profile else i.profile end,
      state = case when l.fault is null then l.state else i.state end,
      verified_version = case when l.fault is not null then 0 when l.current then i.version else i.verified_version end,
      verified_at = case when l.fault is null and l.current then ${at}::timestamptz else i.verified_at end,
      must_drop = i.must_drop and not (l.fault is null and l.current),
      adopt = i.adopt and not (l.fault is null and l.current),
      changed_at = case when l.fault is not null and i.verified_version = i.version then ${at}::timestamptz else i.changed_at end,
      attempts = case when l.fault is null or not l.current then 0 else i.attempts + 1 end,
      last_error = case when l.current then l.fault end, error_detail = case when l.current then l.detail end,
      retry_at = case when l.current then l.retry_at end
    from locked l
    where i.router_id = ${routerId} and i.subscription_id = l.subscription_id
      and not (l.current and l.fault is null and l.state is null)`.execute(db);
}
