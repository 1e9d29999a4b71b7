import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type ConfigRow = Selectable<DB['member_quota_config']>;

export interface ConfigFilter extends PageRequest {
  readonly membership_type?: string | undefined;
  readonly is_active?: boolean | undefined;
}

export function listConfigRows(db: Db, { membership_type: type, is_active: active, ...page }: ConfigFilter) {
  const where = [
    ...(type === undefined ? [] : [sql`t.membership_type = ${type}`]),
    ...(active === undefined ? [] : [sql`t.is_active = ${active}`]),
  ];
  return listPage<ConfigRow>(db, { select: sql`t.*`, from: sql`member_quota_config t`, where }, page);
}

export function lockConfig(db: Db, id: string): Promise<ConfigRow | undefined> {
  return db.selectFrom('member_quota_config').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

export type NewConfig = Pick<
  ConfigRow,
  'id' | 'membership_type' | 'max_quota' | 'created_at' | 'updated_at'
> & { readonly [K in keyof ConfigRow]?: ConfigRow[K] | undefined };

export function insertConfig(db: Db, row: NewConfig): Promise<ConfigRow> {
  return db.insertInto('member_quota_config').values(row).returningAll().executeTakeFirstOrThrow();
}

export function updateConfigRow(
  db: Db,
  id: string,
  values: { readonly [K in Exclude<keyof ConfigRow, 'id'>]?: ConfigRow[K] | undefined },
): Promise<ConfigRow> {
  return db
    .updateTable('member_quota_config')
    .set(values)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteConfigRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('member_quota_config').where('id', '=', id).execute();
}
