import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type TemplateRow = Selectable<DB['notification_templates']>;

export function listTemplateRows(db: Db, filter: PageRequest) {
  return listPage<TemplateRow>(
    db,
    { select: sql`t.*`, from: sql`notification_templates t`, where: [] },
    filter,
  );
}

export function allTemplates(db: Db): Promise<TemplateRow[]> {
  return db.selectFrom('notification_templates').selectAll().execute();
}

export function findTemplate(db: Db, id: string): Promise<TemplateRow | undefined> {
  return db.selectFrom('notification_templates').selectAll().where('id', '=', id).executeTakeFirst();
}

export function lockTemplate(db: Db, id: string): Promise<TemplateRow | undefined> {
  return db
    .selectFrom('notification_templates')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export function insertTemplate(db: Db, row: TemplateRow): Promise<TemplateRow> {
  return db.insertInto('notification_templates').values(row).returningAll().executeTakeFirstOrThrow();
}

export function updateTemplateRow(
  db: Db,
  id: string,
  values: { readonly [K in keyof TemplateRow]?: TemplateRow[K] | undefined },
): Promise<TemplateRow> {
  return db
    .updateTable('notification_templates')
    .set(values)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteTemplateRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('notification_templates').where('id', '=', id).execute();
}
