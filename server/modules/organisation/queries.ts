import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export function readOrganisation(db: Db) {
  return db.selectFrom('organisation').selectAll().executeTakeFirstOrThrow();
}

export type OrganisationRow = Awaited<ReturnType<typeof readOrganisation>>;

/** Whether PostgreSQL knows the time zone: it computes local dates too, so both must. */
export async function postgresKnowsTimeZone(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select exists (select from pg_timezone_names where name = ${name}) as known`.execute(db);
  return rows[0]?.known ?? false;
}

export function updateOrganisationRow(
  db: Db,
  values: { readonly [K in Exclude<keyof OrganisationRow, 'id'>]?: OrganisationRow[K] | undefined },
) {
  return db.updateTable('organisation').set(values).returningAll().executeTakeFirstOrThrow();
}
