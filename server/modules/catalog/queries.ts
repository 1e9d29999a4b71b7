import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { containing } from '#kit/search-queries.ts';

export type PackageRow = Selectable<DB['packages']>;

export interface PackageFilter extends PageRequest {
  readonly type?: string | undefined;
  readonly is_active?: boolean | undefined;
  readonly membership_type?: string | undefined;
  readonly search?: string | undefined;
}

export function listPackageRows(db: Db, filter: PackageFilter) {
  const where = [
    ...(filter.type ? [sql`t.type = ${filter.type}`] : []),
    ...(filter.is_active === undefined ? [] : [sql`t.is_active = ${filter.is_active}`]),
    ...(filter.membership_type ? [sql`t.membership_type = ${filter.membership_type}`] : []),
    ...(filter.search ? [sql`lower(t.name) like ${containing(filter.search)}`] : []),
  ];
  return listPage<PackageRow>(db, { select: sql`t.*`, from: sql`packages t`, where }, filter);
}

export function findPackage(db: Db, id: string): Promise<PackageRow | undefined> {
  return db.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Every package by its name in lower case; of two with one name, the newer. */
export async function packagesByName(db: Db): Promise<ReadonlyMap<string, PackageRow>> {
  const rows = await db.selectFrom('packages').selectAll().orderBy('created_at').orderBy('id').execute();
  return new Map(rows.map((row) => [row.name.toLowerCase(), row]));
}

export function lockPackage(db: Db, id: string): Promise<PackageRow | undefined> {
  return db.selectFrom('packages').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

export type NewPackage = Pick<PackageRow, 'id' | 'name' | 'price' | 'created_at' | 'updated_at'> & {
  readonly [K in keyof PackageRow]?: PackageRow[K] | undefined;
};

export function insertPackage(db: Db, row: NewPackage): Promise<PackageRow> {
  return db.insertInto('packages').values(row).returningAll().executeTakeFirstOrThrow();
}

export async function insertPackages(db: Db, rows: readonly NewPackage[]): Promise<void> {
  if (rows.length > 0)
    await db
      .insertInto('packages')
      .values([...rows])
      .execute();
}

export function updatePackageRow(
  db: Db,
  id: string,
  values: { readonly [K in Exclude<keyof PackageRow, 'id'>]?: PackageRow[K] | undefined },
): Promise<PackageRow> {
  return db.updateTable('packages').set(values).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
}

export async function deletePackageRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('packages').where('id', '=', id).execute();
}
