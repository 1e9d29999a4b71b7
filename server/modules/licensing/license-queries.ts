import { type Insertable, sql, type Updateable } from 'kysely';
import type { z } from 'zod';
import type { customerSummarySchema, licenseStatuses } from '#contract';
import type { DB, Db, SqlPart, Tx } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type LicenseStatus = (typeof licenseStatuses)[number];

/** A license with all that decides what it allows. */
export interface LicenseRow {
  readonly id: string;
  readonly customer_id: string;
  readonly customer: z.input<typeof customerSummarySchema>;
  readonly subscription_id: string | null;
  readonly package_id: string;
  readonly package_name: string;
  readonly key_hash: string | null;
  readonly key_hint: string | null;
  readonly decided: string;
  readonly status: LicenseStatus;
  readonly status_reason: string | null;
  readonly valid_until: string | null;
  readonly features: Readonly<Record<string, boolean>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly max_nodes: number;
  readonly own_features: Readonly<Record<string, boolean>>;
  readonly own_limits: Readonly<Record<string, number>>;
  readonly own_max_nodes: number | null;
  readonly overage: 'warn' | 'notify' | 'refuse';
  readonly free_moves: number;
  readonly extra_moves: number;
  readonly min_app_version: string | null;
  readonly nodes: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export const withTerms = sql`licenses t left join subscriptions s on s.id = t.subscription_id
  join packages p on p.id = coalesce(s.package_id, t.package_id) left join license_plans n on n.package_id = p.id
  cross join organisation o`;

/** The first instant that is not paid. A postpaid period is paid when it is over, so it says nothing. */
export const validUntil = sql`case when t.subscription_id is null then t.valid_until
  when p.billing_mode = 'prepaid' then s.end_date::timestamp at time zone o.timezone end`;

/** How a license stands at an instant: once the paid time is over, it goes on for thirty days. One of a package that is none of licenses now is over. */
export const statusAt = (at: string): SqlPart<unknown> => sql`case when t.status <> 'active' then t.status
  when p.type <> 'license' then 'expired'
  when ${validUntil} is null or ${validUntil} > ${at}::timestamptz then 'active'
  when ${validUntil} + interval '720 hours' > ${at}::timestamptz then 'grace' else 'expired' end`;

const columns = (
  at: string,
): SqlPart<unknown> => sql`t.id, t.customer_id, t.subscription_id, p.id as package_id, p.name as package_name,
  t.key_hash, t.key_hint, t.decided, ${statusAt(at)} as status, t.status_reason, ${validUntil} as valid_until,
  coalesce(n.features, '{}') || t.features as features, coalesce(n.limits, '{}') || t.limits as limits,
  coalesce(t.max_nodes, n.max_nodes, 1) as max_nodes, t.features as own_features, t.limits as own_limits, t.max_nodes as own_max_nodes,
  coalesce(n.overage, 'warn') as overage, coalesce(n.free_moves, 2) as free_moves, t.extra_moves, n.min_app_version,
  (select count(*)::integer from installations i where i.license_id = t.id and i.state in ('ready', 'paired')) as nodes,
  t.created_at, t.updated_at, jsonb_build_object('id', c.id, 'name', c.name, 'email', c.email, 'phone', c.phone) as customer`;
const source = sql`${withTerms} join customers c on c.id = t.customer_id`;

export interface LicenseFilter extends PageRequest {
  readonly status?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly package_id?: string | undefined;
  readonly search?: string | undefined;
}

export function listLicenseRows(db: Db, filter: LicenseFilter, at: string) {
  const { status, customer_id: customer, package_id: pack, search } = filter;
  const where = [
    ...(status === undefined ? [] : [sql`${statusAt(at)} = ${status}`]),
    ...(customer === undefined ? [] : [sql`t.customer_id = ${customer}`]),
    ...(pack === undefined ? [] : [sql`p.id = ${pack}`]),
    ...(search === undefined
      ? []
      : [
          sql`t.id in (select id from licenses where key_hint = ${search} union all select license_id from installations where agent_code = ${search})`,
        ]),
  ];
  return listPage<LicenseRow>(db, { select: columns(at), from: source, where }, filter);
}

async function find(db: Db, where: SqlPart<unknown>, at: string): Promise<LicenseRow | undefined> {
  const { rows } = await sql<LicenseRow>`select ${columns(at)} from ${source} where ${where}`.execute(db);
  return rows[0];
}

export const findLicense = (db: Db, id: string, at: string): Promise<LicenseRow | undefined> =>
  find(db, sql`t.id = ${id}`, at);

/** Holds a license until the transaction ends: whoever pairs, moves or changes it waits. */
async function lockThenFind(tx: Tx, where: SqlPart<unknown>, at: string): Promise<LicenseRow | undefined> {
  const { rows } = await sql<{ id: string }>`
    select t.id from licenses t where ${where} for no key update`.execute(tx);
  const [found] = rows;
  // Read after the lock, in a statement of its own: what was waited for is seen.
  return found && find(tx, sql`t.id = ${found.id}`, at);
}

export const lockLicense = (tx: Tx, id: string, at: string): Promise<LicenseRow | undefined> =>
  lockThenFind(tx, sql`t.id = ${id}`, at);

export const lockLicenseByKey = (tx: Tx, keyHash: string, at: string): Promise<LicenseRow | undefined> =>
  lockThenFind(tx, sql`t.key_hash = ${keyHash}`, at);

export const lockLicenseOfSubscription = (tx: Tx, id: string, at: string): Promise<LicenseRow | undefined> =>
  lockThenFind(tx, sql`t.subscription_id = ${id}`, at);

export async function insertLicense(db: Db, row: Insertable<DB['licenses']>): Promise<void> {
  await db.insertInto('licenses').values(row).execute();
}

export async function updateLicenseRow(
  db: Db,
  id: string,
  values: Updateable<DB['licenses']>,
): Promise<void> {
  await db.updateTable('licenses').set(values).where('id', '=', id).execute();
}

export async function deleteLicenseRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('licenses').where('id', '=', id).execute();
}

/** The start of a local day where the organisation is. */
export async function startOfDay(db: Db, day: string): Promise<string> {
  const { rows } = await sql<{ at: string }>`
    select ${day}::date::timestamp at time zone timezone as at from organisation`.execute(db);
  if (rows[0] === undefined) throw new Error('There is always an organisation.');
  return rows[0].at;
}

/** The first instant that is not paid of a subscription, also of one that is paid afterwards. */
export async function paidUntil(db: Db, subscriptionId: string): Promise<string | null> {
  const { rows } = await sql<{ at: string }>`
    select s.end_date::timestamp at time zone o.timezone as at from subscriptions s, organisation o where s.id = ${subscriptionId}`.execute(
    db,
  );
  return rows[0]?.at ?? null;
}

/** A subscription that a license could follow: whose it is, and whether it is to a license and not cancelled. */
export async function subscriptionFor(
  db: Db,
  id: string,
): Promise<{ readonly customer_id: string; readonly fits: boolean; readonly status: string } | undefined> {
  const { rows } = await sql<{ customer_id: string; fits: boolean; status: string }>`
    select s.customer_id, p.type = 'license' and s.status <> 'cancelled' as fits, s.status
    from subscriptions s join packages p on p.id = s.package_id where s.id = ${id}`.execute(db);
  return rows[0];
}
