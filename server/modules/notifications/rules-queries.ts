import type { Selectable } from 'kysely';
import type { DB, Db } from '#kit/db.ts';

export type RulesRow = Selectable<DB['notification_rules']>;

export function readRules(db: Db): Promise<RulesRow> {
  return db.selectFrom('notification_rules').selectAll().executeTakeFirstOrThrow();
}

export function updateRulesRow(
  db: Db,
  values: { readonly [K in Exclude<keyof RulesRow, 'id'>]?: RulesRow[K] | undefined },
): Promise<RulesRow> {
  return db.updateTable('notification_rules').set(values).returningAll().executeTakeFirstOrThrow();
}
