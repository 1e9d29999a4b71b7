import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export interface StateRow {
  readonly id: string;
  readonly created_at: string;
  readonly name: string;
  readonly is_active: boolean;
  readonly state: string | null;
  readonly since: string | null;
  readonly error_en: string | null;
  readonly error_id: string | null;
  readonly failures: number | null;
  readonly next_attempt_at: string | null;
  readonly last_pass_at: string | null;
  readonly next_sweep_at: string | null;
  readonly passes: number | null;
  readonly writes: number | null;
  readonly orphans: number | null;
  readonly subscriptions: number;
  readonly waiting: number;
  readonly failed: number;
  readonly oldest_wait: string | null;
}

const stateColumns = sql`t.id, t.created_at, t.name, t.is_active, s.state, s.since, s.error_en, s.error_id, s.failures, s.next_attempt_at,
  s.last_pass_at, s.next_sweep_at, s.passes::integer, s.writes::integer, s.orphans, i.*`;
const states = sql`router_settings t left join router_states s on s.router_id = t.id cross join lateral (
  select count(*)::integer as subscriptions, (count(*) filter (where verified_version <> version))::integer as waiting,
    (count(*) filter (where verified_version <> version and last_error is not null))::integer as failed,
    min(changed_at) filter (where verified_version <> version) as oldest_wait
  from provisioning_intents where router_id = t.id) i`;

export function listStateRows(db: Db, page: PageRequest) {
  return listPage<StateRow>(db, { select: stateColumns, from: states, where: [] }, page);
}

export async function findStateRow(db: Db, routerId: string): Promise<StateRow | undefined> {
  const { rows } =
    await sql<StateRow>`select ${stateColumns} from ${states} where t.id = ${routerId}`.execute(db);
  return rows[0];
}

export interface HeldRow {
  readonly subscription_id: string;
  readonly router_id: string;
  readonly version: string;
  readonly error_detail: string | null;
}

/** What is held on these routers. */
export async function heldIntents(db: Db, routerIds: readonly string[]): Promise<readonly HeldRow[]> {
  const { rows } = await sql<HeldRow>`
    select subscription_id, router_id, version::text, error_detail from provisioning_intents
    where router_id = any(${[...routerIds]}::uuid[]) and verified_version <> version and last_error = 'held'`.execute(
    db,
  );
  return rows;
}

/** The same of one router, for approval: nobody changes them before the transaction ends. */
export async function lockHeld(db: Db, routerId: string): Promise<readonly HeldRow[]> {
  const { rows } = await sql<HeldRow>`
    select subscription_id, router_id, version::text, error_detail from provisioning_intents
    where router_id = ${routerId} and verified_version <> version and last_error = 'held'
    order by subscription_id for update`.execute(db);
  return rows;
}

/** Approves of these, which are locked. */
export async function approveHeld(db: Db, routerId: string, held: readonly HeldRow[]): Promise<void> {
  const ids = held.map(({ subscription_id: id }) => id);
  await sql`
    update provisioning_intents set approved_version = version, retry_at = null
    where router_id = ${routerId} and subscription_id = any(${ids}::uuid[])`.execute(db);
}

export interface IntentRow {
  readonly id: string;
  readonly created_at: string;
  readonly subscription_id: string;
  readonly router_id: string;
  readonly router_name: string;
  readonly username: string | null;
  readonly customer_id: string | null;
  readonly customer_name: string | null;
  readonly is_verified: boolean;
  readonly state: string | null;
  readonly changed_at: string;
  readonly verified_at: string | null;
  readonly attempts: number;
  readonly retry_at: string | null;
  readonly last_error: string | null;
  readonly error_detail: string | null;
}

const intentColumns = sql`t.id, t.created_at, t.subscription_id, t.router_id, r.name as router_name,
  coalesce(s.mikrotik_username, t.name) as username, s.customer_id, c.name as customer_name, t.is_verified, t.state,
  t.changed_at, t.verified_at, t.attempts, t.retry_at, t.last_error, t.error_detail`;
const intents = sql`(select i.*, i.changed_at as created_at, i.verified_version = i.version as is_verified from provisioning_intents i) t
  join router_settings r on r.id = t.router_id left join subscriptions s on s.id = t.subscription_id
  left join customers c on c.id = s.customer_id`;

export interface IntentFilter extends PageRequest {
  readonly router_id?: string | undefined;
  readonly subscription_id?: string | undefined;
  readonly status?: string | undefined;
}

const statuses = {
  ok: sql`t.verified_version = t.version`,
  waiting: sql`t.verified_version <> t.version and t.last_error is null`,
  failed: sql`t.verified_version <> t.version and t.last_error is not null`,
} as const;

export function listIntentRows(db: Db, filter: IntentFilter) {
  const { router_id: router, subscription_id: subscription, status } = filter;
  const where = [
    ...(router ? [sql`t.router_id = ${router}`] : []),
    ...(subscription ? [sql`t.subscription_id = ${subscription}`] : []),
    ...(status !== undefined && status in statuses ? [statuses[status as keyof typeof statuses]] : []),
  ];
  return listPage<IntentRow>(db, { select: intentColumns, from: intents, where }, filter);
}

export async function intentsOfSubscription(db: Db, subscriptionId: string): Promise<readonly IntentRow[]> {
  const { rows } = await sql<IntentRow>`
    select ${intentColumns} from ${intents} where t.subscription_id = ${subscriptionId} order by t.router_id`.execute(
    db,
  );
  return rows;
}

/** The profiles that the entries of a subscription were last written with. */
export async function appliedProfiles(db: Db, subscriptionId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ profile: string }>`
    select profile from provisioning_intents where subscription_id = ${subscriptionId} and profile is not null`.execute(
    db,
  );
  return rows.map(({ profile }) => profile);
}
