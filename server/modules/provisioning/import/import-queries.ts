import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/**
 * Another router than this one serves customer `c`: the one that somebody said; where nobody did, one that was seen to hold
 * something of theirs. Being the default makes no router theirs yet.
 */
const elsewhere = (routerId: string) => sql`
  case when c.router_id is not null then c.router_id <> ${routerId} else exists (
    select from provisioning_intents i join subscriptions o on o.id = i.subscription_id
    where o.customer_id = c.id and i.router_id <> ${routerId} and i.name is not null) end`;

/** A subscription that has a username, as the business says now. */
export interface Owner {
  readonly id: string;
  readonly username: string;
  readonly type: string;
  readonly rate_limit: string | null;
  /** Served by the router that is looked at, or by none yet. */
  readonly here: boolean;
  /** What it is to be there; null where it is to be less than its package for now. */
  readonly state: 'on' | 'off' | 'isolated' | null;
  readonly customer_id: string;
  readonly customer: string;
}

/** The open subscriptions of these usernames. */
export async function ownersOf(
  db: Db,
  routerId: string,
  usernames: readonly string[],
): Promise<readonly Owner[]> {
  const { rows } = await sql<Owner>`
    select s.id, s.mikrotik_username as username, p.type, p.rate_limit, not ${elsewhere(routerId)} as here,
      case when l.subscription_id is not null then null when m.disabled or s.status = 'expired' then 'off'
        when s.status = 'active' then 'on' when o.suspend_mode = 'isolir' then 'isolated' else 'off' end as state,
      c.id as customer_id, c.name as customer
    from subscriptions s join customers c on c.id = s.customer_id join packages p on p.id = s.package_id
      join mikrotik_secrets m on m.subscription_id = s.id left join subscription_limits l on l.subscription_id = s.id cross join organisation o
    where s.mikrotik_username = any(${[...usernames]}::text[]) and s.status <> 'cancelled'`.execute(db);
  return rows;
}

/** Which of these are subscriptions here. */
export async function subscriptionsAmong(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{
    id: string;
  }>`select id from subscriptions where id = any(${[...ids]}::uuid[])`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

export interface NamedCustomer {
  readonly id: string;
  readonly name: string;
  /** In lower case. */
  readonly key: string;
  /** Another router serves an open subscription of his. */
  readonly elsewhere: boolean;
}

/** Customers who alone have one of these names, which are in lower case. */
export async function customersNamed(
  db: Db,
  routerId: string,
  names: readonly string[],
): Promise<readonly NamedCustomer[]> {
  const { rows } = await sql<NamedCustomer>`
    select c.id, c.name, c.key, exists (select from subscriptions s where s.customer_id = c.id and s.status <> 'cancelled')
      and ${elsewhere(routerId)} as elsewhere
    from (
      select id, name, lower(name) as key, router_id, count(*) over (partition by lower(name)) as same
      from customers where lower(name) = any(${[...names]}::text[]) and anonymised_at is null
    ) c where c.same = 1`.execute(db);
  return rows;
}

/** Lets the router take over entries of these subscriptions' names that are not Nadi's yet. */
export async function adoptEntries(db: Db, routerId: string, ids: readonly string[]): Promise<void> {
  await sql`
    update provisioning_intents set adopt = true
    where router_id = ${routerId} and subscription_id = any(${[...ids]}::uuid[])`.execute(db);
}
