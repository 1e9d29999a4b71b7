import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type RouterRow = Selectable<DB['router_settings']>;

export function listRouterRows(db: Db, filter: PageRequest & { readonly is_active?: boolean | undefined }) {
  const where = filter.is_active === undefined ? [] : [sql`t.is_active = ${filter.is_active}`];
  return listPage<RouterRow>(db, { select: sql`t.*`, from: sql`router_settings t`, where }, filter);
}

export function findRouter(db: Db, id: string): Promise<RouterRow | undefined> {
  return db.selectFrom('router_settings').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The router of a name, or of an id. */
export function findRouterCalled(db: Db, text: string): Promise<RouterRow | undefined> {
  return db
    .selectFrom('router_settings')
    .selectAll()
    .where((where) => where.or([where('name', '=', text), where(sql<string>`id::text`, '=', text)]))
    .executeTakeFirst();
}

/** Lets nobody else change routers until the transaction ends: of two that become the default, the later is it. */
export async function lockRouters(db: Db): Promise<void> {
  await sql`lock table router_settings in share row exclusive mode`.execute(db);
}

export async function hasDefault(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('router_settings')
    .select('id')
    .where('is_default', '=', true)
    .executeTakeFirst();
  return row !== undefined;
}

export async function clearDefault(db: Db, at: string): Promise<void> {
  await db
    .updateTable('router_settings')
    .set({ is_default: false, updated_at: at })
    .where('is_default', '=', true)
    .execute();
}

/** Makes the oldest active router the default, where there is none. */
export async function appointDefault(db: Db, at: string): Promise<void> {
  await sql`
    update router_settings set is_default = true, updated_at = ${at}::timestamptz
    where id = (select id from router_settings where is_active order by created_at, id limit 1)
      and not exists (select from router_settings where is_default)`.execute(db);
}

/** Whether there is any router. */
export async function hasRouters(db: Db): Promise<boolean> {
  return (await db.selectFrom('router_settings').select('id').limit(1).executeTakeFirst()) !== undefined;
}

type Values = { readonly [K in keyof RouterRow]?: RouterRow[K] | undefined };
type NewRouter = Values &
  Pick<RouterRow, 'id' | 'host' | 'username' | 'password' | 'created_at' | 'updated_at'>;

export function insertRouter(db: Db, row: NewRouter): Promise<RouterRow> {
  return db.insertInto('router_settings').values(row).returningAll().executeTakeFirstOrThrow();
}

export function updateRouterRow(db: Db, id: string, values: Values): Promise<RouterRow> {
  return db
    .updateTable('router_settings')
    .set(values)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteRouterRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('router_settings').where('id', '=', id).execute();
}

/** The router that is meant: the one named, or else the default; only one that is active. */
export function findActiveRouter(db: Db, id: string | undefined): Promise<RouterRow | undefined> {
  const active = db.selectFrom('router_settings').selectAll().where('is_active', '=', true);
  return (
    id === undefined ? active.where('is_default', '=', true) : active.where('id', '=', id)
  ).executeTakeFirst();
}

/** Notes when a router was reached last; within a minute once. */
export async function touchRouter(db: Db, id: string, at: string): Promise<void> {
  await sql`
    update router_settings set last_connected_at = ${at}::timestamptz
    where id = ${id} and (last_connected_at is null or last_connected_at < ${at}::timestamptz - interval '1 minute')`.execute(
    db,
  );
}

/** Active routers with a secret for RADIUS, which is sealed. */
export async function routersWithRadius(
  db: Db,
  ids: readonly string[] | undefined,
): Promise<readonly (RouterRow & { readonly radius_secret: string })[]> {
  const rows = await db
    .selectFrom('router_settings')
    .selectAll()
    .where('is_active', '=', true)
    .$if(ids !== undefined, (query) => query.where('id', 'in', [...(ids ?? [])]))
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.flatMap((row) =>
    row.radius_secret === null ? [] : [{ ...row, radius_secret: row.radius_secret }],
  );
}
