import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export interface OnlineRow {
  readonly id: string;
  readonly created_at: string;
  readonly source: 'router' | 'radius';
  readonly kind: 'pppoe' | 'hotspot';
  readonly username: string;
  readonly subscription_id: string | null;
  readonly package_name: string | null;
  readonly customer_id: string | null;
  readonly customer_name: string | null;
  readonly router_id: string | null;
  readonly router_name: string | null;
  readonly address: string | null;
  readonly caller_id: string | null;
  readonly seen_at: string;
  readonly bytes_in: string;
  readonly bytes_out: string;
}

export interface OnlineFilter extends PageRequest {
  readonly router_id?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly subscription_id?: string | undefined;
  readonly username?: string | undefined;
}

/** Where sessions are known from: the accounting's, and the instant before which a look at a router is too old to tell. */
export interface Sources {
  readonly accounted: RawBuilder<unknown>;
  readonly since: string;
}

/** The looks at routers that still tell who is online. */
const tells = (since: string) => sql`p.state = 'ok' and p.polled_at >= ${since}::timestamptz`;

/** What the last look at each router saw. One that could not be read shows nobody (field.md 14). */
const polled = (since: string) => sql`
  select c.id, c.kind, c.username, c.subscription_id, c.router_id, c.address, c.caller_id, c.started_at, c.seen_at, c.bytes_in, c.bytes_out
  from usage_counters c join usage_polls p on p.router_id = c.router_id and p.polled_at = c.seen_at and ${tells(since)}
    join router_settings r on r.id = c.router_id and r.is_active
  where c.kind <> 'static'`;

/** Who is online by the accounting or by the last look at the router. */
export function listOnlineRows(db: Db, { accounted, since }: Sources, filter: OnlineFilter) {
  const { router_id: router, customer_id: customer, subscription_id: subscription, username } = filter;
  const from = sql`(
      select 'router' as source, a.*, a.started_at as created_at from (${polled(since)}) a
      union all select 'radius', a.*, a.started_at from (${accounted}) a
    ) t left join subscriptions s on s.id = t.subscription_id left join packages k on k.id = s.package_id
      left join customers c on c.id = s.customer_id left join router_settings r on r.id = t.router_id`;
  const select = sql`t.id, t.created_at, t.source, t.kind, t.username, t.subscription_id, k.name as package_name, s.customer_id,
    c.name as customer_name, t.router_id, r.name as router_name, t.address, t.caller_id, t.seen_at, t.bytes_in, t.bytes_out`;
  const where = [
    ...(router ? [sql`t.router_id = ${router}`] : []),
    ...(customer ? [sql`s.customer_id = ${customer}`] : []),
    ...(subscription ? [sql`t.subscription_id = ${subscription}`] : []),
    ...(username ? [sql`t.username = ${username}`] : []),
  ];
  return listPage<OnlineRow>(db, { select, from, where, idType: 'bigint' }, filter);
}

export interface RouterOnlineRow {
  readonly id: string;
  readonly created_at: string;
  readonly name: string;
  readonly is_active: boolean;
  readonly use_radius: boolean;
  readonly state: 'new' | 'ok' | 'unreachable' | 'refused' | null;
  /** Whether the last look still tells who is online. */
  readonly tells: boolean;
  readonly polled_at: string | null;
  readonly error_en: string | null;
  readonly error_id: string | null;
  readonly polled: number;
  readonly accounted: number;
  readonly accounted_at: string | null;
}

/** How many are online on each router, by both sources. */
export function listRouterOnlineRows(db: Db, { accounted, since }: Sources, page: PageRequest) {
  const from = sql`router_settings t left join usage_polls p on p.router_id = t.id
    cross join lateral (select count(*)::integer as polled from usage_counters c
      where c.router_id = t.id and c.seen_at = p.polled_at and c.kind <> 'static') c
    cross join lateral (select count(*)::integer as accounted, max(a.seen_at) as accounted_at from (${accounted}) a where a.router_id = t.id) a`;
  const select = sql`t.id, t.created_at, t.name, t.is_active, t.use_radius, p.state, coalesce(${tells(since)}, false) as tells, p.polled_at,
    p.error_en, p.error_id, c.polled, a.accounted, a.accounted_at`;
  return listPage<RouterOnlineRow>(db, { select, from, where: [] }, page);
}

/** How a subscription is reached: by which account, on which router. */
export interface Line {
  readonly kind: 'pppoe' | 'hotspot' | 'static';
  /** Null where it has no account. */
  readonly username: string | null;
  /** Null where there is no router. */
  readonly router_id: string | null;
}

export async function findLine(db: Db, subscriptionId: string): Promise<Line | undefined> {
  const { rows } = await sql<Line>`
    select case p.type when 'hotspot' then 'hotspot' when 'static' then 'static' else 'pppoe' end as kind, m.username,
      coalesce(c.router_id, d.id) as router_id
    from subscriptions s join packages p on p.id = s.package_id join customers c on c.id = s.customer_id
      left join mikrotik_secrets m on m.subscription_id = s.id left join router_settings d on d.is_default
    where s.id = ${subscriptionId}`.execute(db);
  return rows[0];
}

interface LineState {
  readonly id: string;
  readonly online: boolean | null;
  readonly since: string | null;
}

/** Whether subscriptions are online: nobody knows of a static address, or where the router does not tell. */
export async function readLines(
  db: Db,
  { accounted, since }: Sources,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, LineState>> {
  if (subscriptionIds.length === 0) return new Map();
  const ids = sql`any(${[...subscriptionIds]}::uuid[])`;
  const { rows } = await sql<LineState>`
    with seen as (
      select a.subscription_id, min(a.started_at) as since from (
        select subscription_id, started_at from (${polled(since)}) p union all select subscription_id, started_at from (${accounted}) r
      ) a where a.subscription_id = ${ids} group by a.subscription_id
    )
    select s.id, a.since, case when a.subscription_id is not null then true
      when k.type not in ('pppoe', 'hotspot') or r.id is null or not r.is_active then null
      when r.use_radius or ${tells(since)} then false end as online
    from subscriptions s join packages k on k.id = s.package_id join customers c on c.id = s.customer_id
      left join router_settings d on d.is_default left join router_settings r on r.id = coalesce(c.router_id, d.id)
      left join usage_polls p on p.router_id = r.id left join seen a on a.subscription_id = s.id
    where s.id = ${ids}`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}
