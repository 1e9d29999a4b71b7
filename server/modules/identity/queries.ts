import { sql } from 'kysely';
import type { Role } from '#contract';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { containing } from '#kit/search-queries.ts';

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly email_verified_at: string | null;
  readonly password: string;
  readonly role: string;
  readonly is_active: boolean;
  readonly totp_secret: string | null;
  readonly totp_confirmed_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
}

export function findUserRowByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst();
}

/** The user, locked until the transaction ends. */
export function lockUser(db: Db, id: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

/** Waits for whoever is writing something that names the user, and lets nobody begin until the transaction ends. */
export async function lockUserAlone(db: Db, id: string): Promise<void> {
  await db.selectFrom('users').select('id').where('id', '=', id).forUpdate().execute();
}

/** The user and every active administrator, locked in one order: two requests cannot each remove the other's last. */
export function lockWithAdministrators(db: Db, id: string): Promise<UserRow[]> {
  return db
    .selectFrom('users')
    .selectAll()
    .where((where) =>
      where.or([
        where('id', '=', id),
        where.and([where('is_active', '=', true), where('role', 'in', ['super_owner', 'admin'])]),
      ]),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

export interface NewUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: Role;
  readonly is_active: boolean;
  readonly at: string;
}

export function insertUser(db: Db, { at, ...user }: NewUser): Promise<UserRow> {
  return db
    .insertInto('users')
    .values({ ...user, created_at: at, updated_at: at })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export interface UserChanges {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly email_verified_at?: null | undefined;
  readonly password?: string | undefined;
  readonly role?: Role | undefined;
  readonly is_active?: boolean | undefined;
  readonly totp_secret?: string | null | undefined;
  readonly totp_confirmed_at?: string | null | undefined;
  readonly totp_last_step?: null | undefined;
}

export function updateUserRow(db: Db, id: string, values: UserChanges, at: string): Promise<UserRow> {
  return db
    .updateTable('users')
    .set({ ...values, updated_at: at })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteUserRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('users').where('id', '=', id).execute();
}

export interface UserFilter extends PageRequest {
  readonly role?: Role | undefined;
  readonly is_active?: boolean | undefined;
  readonly search?: string | undefined;
}

export function listUserRows(db: Db, filter: UserFilter) {
  const pattern = filter.search === undefined ? undefined : containing(filter.search);
  const where = [
    filter.role && sql`t.role = ${filter.role}`,
    filter.is_active !== undefined && sql`t.is_active = ${filter.is_active}`,
    pattern !== undefined && sql`(lower(t.name) like ${pattern} or t.email like ${pattern})`,
  ].filter((part) => typeof part === 'object');
  return listPage<UserRow>(db, { select: sql`t.*`, from: sql`users t`, where }, filter);
}
