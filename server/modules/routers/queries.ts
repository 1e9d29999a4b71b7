import type { Insertable } from 'kysely';
import type { DB, Db } from '#kit/db.ts';

export async function hasRouters(db: Db): Promise<boolean> {
  return (await db.selectFrom('router_settings').select('id').limit(1).executeTakeFirst()) !== undefined;
}

export async function insertRouter(db: Db, row: Insertable<DB['router_settings']>): Promise<void> {
  await db.insertInto('router_settings').values(row).execute();
}
