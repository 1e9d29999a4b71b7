import { type Insertable, sql } from 'kysely';
import type { z } from 'zod';
import type { customerSummarySchema, packageRequestSchema } from '#contract';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { OfferedPackage } from './own-queries.ts';

export type RequestRow = z.input<typeof packageRequestSchema> & {
  readonly customer_id: string;
  readonly decided_by: string | null;
  readonly customer: z.input<typeof customerSummarySchema>;
};

const columns = sql`t.*, p.name as package_name,
  jsonb_build_object('id', c.id, 'name', c.name, 'email', c.email, 'phone', c.phone) as customer`;
const requests = sql`package_requests t join packages p on p.id = t.package_id join customers c on c.id = t.customer_id`;

export function listOfferedRows(db: Db, page: PageRequest) {
  const select = sql`t.id, t.created_at, t.name, t.bandwidth, t.price, t.validity_days, t.period_months, t.billing_mode, t.description`;
  const where = [sql`t.in_portal and t.is_active`];
  type Row = OfferedPackage & { readonly created_at: string };
  return listPage<Row>(db, { select, from: sql`packages t`, where }, page);
}

/** Whether a customer may ask for the package for this subscription: it is offered, of the same kind, and another. */
export async function isOffered(db: Db, subscriptionId: string, packageId: string): Promise<boolean> {
  const { rows } = await sql`
    select from subscriptions s join packages old on old.id = s.package_id
      join packages p on p.type = old.type and p.id <> old.id
    where s.id = ${subscriptionId} and p.id = ${packageId} and p.in_portal and p.is_active`.execute(db);
  return rows.length > 0;
}

export interface RequestFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly customer_id?: string | undefined;
}

export function listRequestRows(db: Db, { state, customer_id: customer, ...page }: RequestFilter) {
  const where = [
    ...(state ? [sql`t.state = ${state}`] : []),
    ...(customer ? [sql`t.customer_id = ${customer}`] : []),
  ];
  return listPage<RequestRow>(db, { select: columns, from: requests, where }, page);
}

/** A request; of one customer alone where one is given. */
export async function findRequest(db: Db, id: string, customerId?: string): Promise<RequestRow | undefined> {
  const whose = customerId === undefined ? sql`true` : sql`t.customer_id = ${customerId}`;
  const { rows } = await sql<RequestRow>`
    select ${columns} from ${requests} where t.id = ${id} and ${whose}`.execute(db);
  return rows[0];
}

export async function insertRequest(db: Db, row: Insertable<DB['package_requests']>): Promise<void> {
  await db.insertInto('package_requests').values(row).execute();
}

export interface Decision {
  readonly state: 'approved' | 'refused' | 'withdrawn';
  readonly reason: string | null;
  readonly decidedBy: string | null;
  readonly at: string;
}

/** Decides a request that is open; false where another decision came first. */
export async function decideRequest(db: Db, id: string, decision: Decision): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('package_requests')
    .set({
      state: decision.state,
      reason: decision.reason,
      decided_by: decision.decidedBy,
      decided_at: decision.at,
    })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Erases what customers wrote to their requests. */
export async function eraseNotesOf(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`update package_requests set note = null where customer_id = any(${[...customerIds]}::uuid[])`.execute(
    db,
  );
}
