import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type SettingRow = Selectable<DB['notification_settings']>;
type Values = { readonly [K in Exclude<keyof SettingRow, 'id' | 'config'>]?: SettingRow[K] | undefined } & {
  readonly config?: string | undefined;
};

export function listSettingRows(db: Db, filter: PageRequest) {
  return listPage<SettingRow>(
    db,
    { select: sql`t.*`, from: sql`notification_settings t`, where: [] },
    filter,
  );
}

export function findSetting(db: Db, id: string): Promise<SettingRow | undefined> {
  return db.selectFrom('notification_settings').selectAll().where('id', '=', id).executeTakeFirst();
}

export function lockSetting(db: Db, id: string): Promise<SettingRow | undefined> {
  return db
    .selectFrom('notification_settings')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export function settingsById(db: Db, ids: readonly string[]): Promise<SettingRow[]> {
  return db
    .selectFrom('notification_settings')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
}

export function insertSetting(
  db: Db,
  row: Values &
    Pick<SettingRow, 'id' | 'channel' | 'events' | 'created_at' | 'updated_at'> & { readonly config: string },
): Promise<SettingRow> {
  return db.insertInto('notification_settings').values(row).returningAll().executeTakeFirstOrThrow();
}

export function updateSettingRow(db: Db, id: string, values: Values): Promise<SettingRow> {
  return db
    .updateTable('notification_settings')
    .set(values)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteSettingRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('notification_settings').where('id', '=', id).execute();
}
