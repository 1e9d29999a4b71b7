import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type SettingRow = Selectable<DB['radius_settings']>;

export function listSettingRows(db: Db, filter: PageRequest) {
  return listPage<SettingRow>(db, { select: sql`t.*`, from: sql`radius_settings t`, where: [] }, filter);
}

export function findSetting(db: Db, id: string): Promise<SettingRow | undefined> {
  return db.selectFrom('radius_settings').selectAll().where('id', '=', id).executeTakeFirst();
}

export function lockSetting(db: Db, id: string): Promise<SettingRow | undefined> {
  return db.selectFrom('radius_settings').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Those in use, oldest first. */
export function enabledSettings(db: Db): Promise<SettingRow[]> {
  return db
    .selectFrom('radius_settings')
    .selectAll()
    .where('enabled', '=', true)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

type Values = { readonly [K in keyof SettingRow]?: SettingRow[K] | undefined };

export function insertSetting(
  db: Db,
  row: Values & Pick<SettingRow, 'id' | 'host' | 'secret' | 'created_at' | 'updated_at'>,
): Promise<SettingRow> {
  return db.insertInto('radius_settings').values(row).returningAll().executeTakeFirstOrThrow();
}

export function updateSettingRow(db: Db, id: string, values: Values): Promise<SettingRow> {
  return db
    .updateTable('radius_settings')
    .set(values)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteSettingRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('radius_settings').where('id', '=', id).execute();
}
