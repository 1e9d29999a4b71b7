import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';

export type PreferenceRow = Selectable<DB['notification_preferences']>;

export function findPreferences(db: Db, customerId: string): Promise<PreferenceRow | undefined> {
  return db
    .selectFrom('notification_preferences')
    .selectAll()
    .where('customer_id', '=', customerId)
    .executeTakeFirst();
}

export function storePreferences(db: Db, row: PreferenceRow): Promise<PreferenceRow> {
  const { channels, language, muted, updated_at } = row;
  return db
    .insertInto('notification_preferences')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('customer_id').doUpdateSet({ channels, language, muted, updated_at }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Takes away what a customer wished. */
export async function erasePreferencesOf(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`delete from notification_preferences where customer_id = any(${[...customerIds]}::uuid[])`.execute(
    db,
  );
}
