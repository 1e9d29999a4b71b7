import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { customerSummarySchema, packageSchema } from '#contract';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { containing } from '#kit/search-queries.ts';
import { resumeStatement } from './set-queries.ts';

export type SubscriptionRow = Selectable<DB['subscriptions']>;
export type SecretRow = Selectable<DB['mikrotik_secrets']>;

/** A subscription with its package and customer, as PostgreSQL builds them in JSON. */
export interface SubscriptionWithRelations extends SubscriptionRow {
  readonly package: z.input<typeof packageSchema>;
  readonly customer: z.input<typeof customerSummarySchema>;
}

const related = sql`t.*,
  jsonb_build_object('id', p.id, 'name', p.name, 'type', p.type, 'bandwidth', p.bandwidth, 'burst', p.burst,
    'price', p.price::text, 'priority', p.priority, 'validity_days', p.validity_days, 'period_months', p.period_months,
    'bill_suspended_time', p.bill_suspended_time, 'billing_mode', p.billing_mode, 'taxable', p.taxable,
    'ip_pool', p.ip_pool, 'ipv6_pool', p.ipv6_pool, 'delegated_ipv6_pool', p.delegated_ipv6_pool, 'max_sessions', p.max_sessions,
    'membership_type', p.membership_type, 'description', p.description, 'in_portal', p.in_portal, 'is_active', p.is_active,
    'created_at', to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'updated_at', to_char(p.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as package,
  jsonb_build_object('id', c.id, 'name', c.name, 'email', c.email, 'phone', c.phone) as customer`;
const withRelations = sql`subscriptions t join packages p on p.id = t.package_id join customers c on c.id = t.customer_id`;

export interface SubscriptionFilter extends PageRequest {
  readonly status?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly package_id?: string | undefined;
  readonly auto_renew?: boolean | undefined;
  readonly ends_by?: string | undefined;
  readonly search?: string | undefined;
}

export function listSubscriptionRows(db: Db, filter: SubscriptionFilter) {
  const {
    status,
    customer_id: customer,
    package_id: packageId,
    auto_renew: autoRenew,
    ends_by: endsBy,
    search,
  } = filter;
  const where = [
    ...(status ? [sql`t.status = ${status}`] : []),
    ...(customer ? [sql`t.customer_id = ${customer}`] : []),
    ...(packageId ? [sql`t.package_id = ${packageId}`] : []),
    ...(autoRenew === undefined ? [] : [sql`t.auto_renew = ${autoRenew}`]),
    ...(endsBy ? [sql`t.end_date <= ${endsBy}::date`] : []),
    ...(search ? [sql`lower(t.mikrotik_username) like ${containing(search)}`] : []),
  ];
  return listPage<SubscriptionWithRelations>(db, { select: related, from: withRelations, where }, filter);
}

export async function findSubscription(db: Db, id: string): Promise<SubscriptionWithRelations | undefined> {
  const { rows } = await sql<SubscriptionWithRelations>`
    select ${related} from ${withRelations} where t.id = ${id}`.execute(db);
  return rows[0];
}

export async function subscriptionsOfCustomer(
  db: Db,
  customerId: string,
): Promise<SubscriptionWithRelations[]> {
  const { rows } = await sql<SubscriptionWithRelations>`
    select ${related} from ${withRelations} where t.customer_id = ${customerId}
    order by t.created_at desc, t.id desc`.execute(db);
  return rows;
}

export function secretsOfCustomer(db: Db, customerId: string): Promise<SecretRow[]> {
  return db
    .selectFrom('mikrotik_secrets')
    .selectAll()
    .where('customer_id', '=', customerId)
    .orderBy('username')
    .execute();
}

export async function hasOpenSubscriptions(db: Db, customerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('subscriptions')
    .select('id')
    .where('customer_id', '=', customerId)
    .where('status', '<>', 'cancelled')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export function lockSubscription(db: Db, id: string): Promise<SubscriptionRow | undefined> {
  return db.selectFrom('subscriptions').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

export interface NewSubscription {
  readonly id: string;
  readonly customer_id: string;
  readonly package_id: string;
  readonly mikrotik_username: string | null;
  readonly mikrotik_password: string | null;
  readonly service: string | null;
  readonly start_date: string;
  readonly end_date: string;
  readonly trial_ends_on: string | null;
  readonly anchor_day: number;
  readonly auto_renew: boolean;
  readonly local_address: string | null;
  readonly remote_address: string | null;
  readonly profile: string | null;
  readonly ipv6_prefix?: string | null;
  readonly delegated_ipv6_prefix?: string | null;
  readonly comment: string | null;
}

/** Adds subscriptions and their router accounts in one statement. */
export async function insertSubscriptions(
  db: Db,
  rows: readonly NewSubscription[],
  at: string,
): Promise<void> {
  await sql`
    with r as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, customer_id uuid, package_id uuid,
        mikrotik_username text, mikrotik_password text, service text, start_date date, end_date date, trial_ends_on date,
        anchor_day smallint, auto_renew boolean, local_address text, remote_address text, profile text, comment text,
        ipv6_prefix text, delegated_ipv6_prefix text)
    ), added as (
      insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, trial_ends_on,
        anchor_day, auto_renew, local_address, remote_address, profile, ipv6_prefix, delegated_ipv6_prefix, comment, created_at, updated_at)
      select id, customer_id, package_id, mikrotik_username, start_date, end_date, end_date, trial_ends_on, anchor_day, auto_renew,
        local_address, remote_address, profile, ipv6_prefix, delegated_ipv6_prefix, comment, ${at}::timestamptz, ${at}::timestamptz
      from r
      returning id
    )
    insert into mikrotik_secrets (id, customer_id, subscription_id, username, password, service, profile,
      local_address, remote_address, comment, created_at, updated_at)
    select nadi_uuid(${at}::timestamptz, row_number() over ()), r.customer_id, r.id, r.mikrotik_username,
      r.mikrotik_password, r.service, r.profile, r.local_address, r.remote_address, r.comment,
      ${at}::timestamptz, ${at}::timestamptz
    from r join added using (id)
    where r.mikrotik_username is not null`.execute(db);
}

/** The usernames among `names` that an open subscription or a router account already has. */
export async function takenUsernames(db: Db, names: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select mikrotik_username as name from subscriptions where mikrotik_username = any(${[...names]}::text[]) and status <> 'cancelled'
    union select username from mikrotik_secrets where username = any(${[...names]}::text[])`.execute(db);
  return new Set(rows.map((row) => row.name));
}

type Changeable = Pick<
  SubscriptionRow,
  | 'package_id'
  | 'next_package_id'
  | 'mikrotik_username'
  | 'auto_renew'
  | 'local_address'
  | 'remote_address'
  | 'profile'
  | 'ipv6_prefix'
  | 'delegated_ipv6_prefix'
  | 'comment'
  | 'updated_at'
>;

export async function updateSubscriptionRow(
  db: Db,
  id: string,
  values: { readonly [K in keyof Changeable]?: Changeable[K] | undefined },
): Promise<void> {
  await db.updateTable('subscriptions').set(values).where('id', '=', id).execute();
}

/** Brings the router account in line with its subscription, and gives one that had none an account. */
export async function alignSecret(
  db: Db,
  subscriptionId: string,
  change: {
    readonly password: string | undefined;
    readonly newPassword: string;
    readonly service: string;
    readonly at: string;
  },
): Promise<void> {
  const { password, newPassword, service, at } = change;
  await sql`
    insert into mikrotik_secrets (id, customer_id, subscription_id, username, password, service, profile, local_address,
      remote_address, comment, created_at, updated_at)
    select nadi_uuid(${at}::timestamptz), customer_id, id, mikrotik_username, coalesce(${password ?? null}, ${newPassword}), ${service},
      profile, local_address, remote_address, comment, ${at}::timestamptz, ${at}::timestamptz
    from subscriptions where id = ${subscriptionId} and mikrotik_username is not null
    on conflict (subscription_id) do update set username = excluded.username, service = excluded.service,
      password = coalesce(${password ?? null}, mikrotik_secrets.password), profile = excluded.profile,
      local_address = excluded.local_address, remote_address = excluded.remote_address, comment = excluded.comment,
      updated_at = excluded.updated_at`.execute(db);
}

export function findSecret(db: Db, subscriptionId: string): Promise<SecretRow | undefined> {
  return db
    .selectFrom('mikrotik_secrets')
    .selectAll()
    .where('subscription_id', '=', subscriptionId)
    .executeTakeFirst();
}

export async function setSuspendNotBefore(db: Db, id: string, date: string, at: string): Promise<void> {
  await db
    .updateTable('subscriptions')
    .set({ suspend_not_before: date, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/**
 * Starts an expired subscription again today: nothing is billed for the gap. What is invoiced and not paid moves on with
 * it, so that paying it gives the whole period from today; what is invoiced of a postpaid one was used, so there the gap
 * begins after it.
 */
export async function restartExpired(db: Db, id: string, today: string, at: string): Promise<void> {
  await sql`
    update subscriptions s set status = 'active', auto_renew = true, end_date = s.end_date + d.shift,
      billed_until = s.billed_until + d.shift, period_over = false, updated_at = ${at}::timestamptz,
      anchor_day = case when d.shift = 0 then s.anchor_day else extract(day from s.billed_until + d.shift)::smallint end
    from (
      select s.id, greatest(0, ${today}::date - case p.billing_mode when 'postpaid' then s.billed_until else s.end_date end) as shift
      from subscriptions s join packages p on p.id = s.package_id where s.id = ${id}
    ) d
    where s.id = d.id`.execute(db);
}

/** Cancels for good: the router accounts go, so that their usernames are free again. */
export async function cancelRows(db: Db, ids: readonly string[], at: string): Promise<void> {
  await sql`
    with gone as (delete from mikrotik_secrets where subscription_id = any(${[...ids]}::uuid[]))
    update subscriptions set status = 'cancelled', suspended_on = null, suspended_for = null, resume_on = null,
      cancel_requested_on = null, next_package_id = null, period_over = false, updated_at = ${at}::timestamptz
    where id = any(${[...ids]}::uuid[]) and status <> 'cancelled'`.execute(db);
}

/** Locks the open subscriptions of customers, in the order in which all lock them, and returns their ids. */
export async function lockOpenOfCustomers(db: Db, customerIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('subscriptions')
    .select('id')
    .where('customer_id', 'in', [...customerIds])
    .where('status', '<>', 'cancelled')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return rows.map((row) => row.id);
}

export async function eraseCommentsOfCustomers(db: Db, customerIds: readonly string[]): Promise<void> {
  await db
    .updateTable('subscriptions')
    .set({ comment: null })
    .where('customer_id', 'in', [...customerIds])
    .execute();
}

/** Applies the statements of hooks to the subscriptions of `ids`, in the caller's transaction. */
export async function runHookStatements(
  db: Db,
  ids: readonly string[],
  statements: (touched: RawBuilder<unknown>) => readonly RawBuilder<unknown>[],
): Promise<void> {
  const parts = namedStatements(statements(sql`touched`));
  await sql`with touched as (select unnest(${[...ids]}::uuid[]) as id)${parts} select 1`.execute(db);
}

/** `, hook_0 as (…), hook_1 as (…)`: statements to go beside another in its WITH clause. */
export function namedStatements(statements: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  if (statements.length === 0) return sql``;
  return sql`, ${sql.join(statements.map((statement, index) => sql`${sql.ref(`hook_${index}`)} as (${statement})`))}`;
}

export async function suspendOne(db: Db, id: string, today: string, at: string): Promise<void> {
  await sql`
    update subscriptions set status = 'suspended', suspended_for = 'manual', resume_on = null, suspended_on = coalesce(suspended_on, ${today}::date),
      updated_at = ${at}::timestamptz
    where id = ${id}`.execute(db);
}

export async function resumeOne(db: Db, id: string, today: string, at: string): Promise<void> {
  await sql`with resumed as (${resumeStatement(sql`(select ${id}::uuid as id) one`, today, at)}) select 1`.execute(
    db,
  );
}

/** For whom the IP address (an inet) is set aside. */
export function subscriptionsAtAddress(address: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select id as subscription_id, false as online from subscriptions where remote_address = host(${address})`;
}
