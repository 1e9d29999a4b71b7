import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export const roleName = 'nadi_radius';

/**
 * Makes the role that FreeRADIUS connects as, or gives it this password, which is of letters and digits. All it may do is
 * read the views of the schema `radius` and call its functions.
 */
export async function prepareRole(db: Db, password: string): Promise<void> {
  const text = sql.lit(password);
  const role = sql.ref(roleName);
  await sql`
    do $$ begin
      create role ${role};
    exception when duplicate_object or unique_violation then null;
    end $$`.execute(db);
  await sql`alter role ${role} with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${text}`.execute(
    db,
  );
  await sql`grant usage on schema radius to ${role}`.execute(db);
  await sql`grant select on radius.login, radius.radcheck, radius.radreply, radius.radusergroup, radius.radgroupcheck, radius.radgroupreply, radius.nas to ${role}`.execute(
    db,
  );
  await sql`grant execute on all functions in schema radius to ${role}`.execute(db);
}
