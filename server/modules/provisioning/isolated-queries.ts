import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/** Active routers that isolate somebody. */
export async function routersWithIsolated(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select r.id from router_settings r where r.is_active
      and exists (select from provisioning_intents i where i.router_id = r.id and i.state = 'isolated')`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}

/** Isolated subscriptions of these account names on the router. */
export async function isolatedNamed(
  db: Db,
  routerId: string,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select subscription_id as id from provisioning_intents
    where router_id = ${routerId} and state = 'isolated' and name = any(${[...names]}::text[])`.execute(db);
  return rows.map(({ id }) => id);
}
