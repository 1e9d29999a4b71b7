import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { containing, hasGrams } from '#kit/search-queries.ts';

export type CustomerRow = Selectable<DB['customers']>;

export interface CustomerFilter extends PageRequest {
  readonly status?: string | undefined;
  readonly area?: string | undefined;
  readonly membership_type?: string | undefined;
  readonly search?: string | undefined;
}

export function listCustomerRows(db: Db, filter: CustomerFilter) {
  const where = [
    ...(filter.status ? [sql`t.status = ${filter.status}`] : []),
    ...(filter.area ? [sql`lower(t.area) = lower(${filter.area})`] : []),
    ...(filter.membership_type ? [sql`t.membership_type = ${filter.membership_type}`] : []),
    ...(filter.search ? [sql`t.search_text like ${containing(filter.search)}`] : []),
  ];
  const indexed = filter.search && hasGrams(sql`t.search_text`, filter.search);
  const search = indexed ? { search: { table: 'customers', indexed } } : {};
  return listPage<CustomerRow>(db, { select: sql`t.*`, from: sql`customers t`, where, ...search }, filter);
}

export function findCustomer(db: Db, id: string): Promise<CustomerRow | undefined> {
  return db.selectFrom('customers').selectAll().where('id', '=', id).executeTakeFirst();
}

/**
 * Locks the row against changes until the transaction ends, but not against a foreign key's check: a second update of a
 * subscription in one transaction checks its customer again, under the subscription's lock, and would wait for whoever
 * goes from the customer to the subscriptions.
 */
export function lockCustomer(db: Db, id: string): Promise<CustomerRow | undefined> {
  return db.selectFrom('customers').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

/** As `findCustomer`, and nobody changes or deletes the customer before the transaction ends. */
export function keepCustomer(db: Db, id: string): Promise<CustomerRow | undefined> {
  return db.selectFrom('customers').selectAll().where('id', '=', id).forShare().executeTakeFirst();
}

export type NewCustomer = Pick<
  CustomerRow,
  'id' | 'name' | 'email' | 'phone' | 'address' | 'status' | 'created_at'
> &
  Partial<
    Pick<
      CustomerRow,
      'tax_exempt' | 'area' | 'tax_number' | 'joint_invoice_days' | 'router_id' | 'membership_type'
    >
  >;

/** Adds customers in one statement, returned in no particular order. */
export async function insertCustomers(db: Db, rows: readonly NewCustomer[]): Promise<readonly CustomerRow[]> {
  const { rows: inserted } = await sql<CustomerRow>`
    insert into customers (id, name, email, phone, address, status, tax_exempt, area, tax_number, joint_invoice_days, router_id, membership_type, created_at, updated_at)
    select r.id, r.name, r.email, r.phone, r.address, r.status, coalesce(r.tax_exempt, false), r.area, r.tax_number, r.joint_invoice_days, r.router_id, r.membership_type, r.created_at, r.created_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(id uuid, name text, email text, phone text, address text, status text,
        tax_exempt boolean, area text, tax_number text, joint_invoice_days smallint, router_id uuid, membership_type text, created_at timestamptz)
    returning *`.execute(db);
  return inserted;
}

/** Puts customers on a router; the caller tells whoever serves them. */
export async function placeCustomers(
  db: Db,
  ids: readonly string[],
  routerId: string,
  at: string,
): Promise<void> {
  await sql`
    update customers set router_id = ${routerId}, updated_at = ${at}::timestamptz
    where id = any(${[...ids]}::uuid[]) and router_id is distinct from ${routerId}`.execute(db);
}

export function updateCustomerRow(
  db: Db,
  id: string,
  values: { readonly [K in Exclude<keyof CustomerRow, 'id' | 'search_text'>]?: CustomerRow[K] | undefined },
): Promise<CustomerRow> {
  return db
    .updateTable('customers')
    .set(values)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteCustomerRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('customers').where('id', '=', id).execute();
}
