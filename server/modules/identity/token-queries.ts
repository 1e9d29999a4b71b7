import { sql } from 'kysely';
import type { Role } from '#contract';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type TokenKind = 'api' | 'session';

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly kind: TokenKind;
  readonly abilities: string[] | null;
  readonly last_used_at: string | null;
  readonly expires_at: string | null;
  readonly created_at: string;
}

export interface PresentedToken {
  readonly id: string;
  readonly token: string;
  readonly abilities: string[] | null;
  readonly user_id: string;
  readonly email: string;
  readonly role: Role;
  readonly is_stale: boolean;
}

/** A token that is valid at `at`, with its active user: what every request asks, by primary keys alone. */
export async function findValidToken(
  db: Db,
  wanted: { id: string; kind: TokenKind; at: string; staleSince: string },
): Promise<PresentedToken | undefined> {
  const { rows } = await sql<PresentedToken>`
    select t.id, t.token, t.abilities, u.id as user_id, u.email, u.role,
      (t.last_used_at is null or t.last_used_at < ${wanted.staleSince}::timestamptz) as is_stale
    from personal_access_tokens t join users u on u.id = t.tokenable_id
    where t.id = ${wanted.id}::bigint and t.tokenable_type = 'user' and t.kind = ${wanted.kind} and u.is_active
      and (t.expires_at is null or t.expires_at > ${wanted.at}::timestamptz)`.execute(db);
  return rows[0];
}

/** Notes the use of a token, and lets a session live `sessionSeconds` from now, up to `longestSeconds` in all. */
export async function touchToken(
  db: Db,
  use: { id: string; at: string; staleSince: string; sessionSeconds: number; longestSeconds: number },
): Promise<void> {
  await sql`
    update personal_access_tokens set last_used_at = ${use.at}::timestamptz,
      expires_at = case when kind = 'session' then least(
        ${use.at}::timestamptz + make_interval(secs => ${use.sessionSeconds}),
        created_at + make_interval(secs => ${use.longestSeconds})) else expires_at end
    where id = ${use.id}::bigint and (last_used_at is null or last_used_at < ${use.staleSince}::timestamptz)`.execute(
    db,
  );
}

export interface NewToken {
  readonly userId: string;
  readonly name: string;
  readonly kind: TokenKind;
  readonly hash: string;
  readonly abilities: readonly string[] | null;
  readonly expiresAt: string | null;
  readonly at: string;
}

export async function insertToken(db: Db, token: NewToken): Promise<TokenRow> {
  const { rows } = await sql<TokenRow>`
    insert into personal_access_tokens
      (tokenable_id, name, kind, token, abilities, expires_at, created_at, updated_at)
    values (${token.userId}, ${token.name}, ${token.kind}, ${token.hash},
      ${token.abilities === null ? null : JSON.stringify(token.abilities)}::jsonb, ${token.expiresAt},
      ${token.at}::timestamptz, ${token.at}::timestamptz)
    returning id, name, kind, abilities, last_used_at, expires_at, created_at`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('INSERT … RETURNING gave no row.');
  return row;
}

export function listTokenRows(db: Db, userId: string, page: PageRequest) {
  return listPage<TokenRow>(
    db,
    {
      select: sql`t.id, t.name, t.kind, t.abilities, t.last_used_at, t.expires_at, t.created_at`,
      from: sql`personal_access_tokens t`,
      where: [sql`t.tokenable_id = ${userId}`],
      idType: 'bigint',
    },
    page,
  );
}

export async function findTokenExpiry(db: Db, id: string): Promise<string | null | undefined> {
  const row = await db
    .selectFrom('personal_access_tokens')
    .select('expires_at')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.expires_at;
}

export function deleteToken(
  db: Db,
  userId: string,
  id: string,
): Promise<{ name: string; kind: string } | undefined> {
  return db
    .deleteFrom('personal_access_tokens')
    .where('tokenable_id', '=', userId)
    .where('id', '=', id)
    .returning(['name', 'kind'])
    .executeTakeFirst();
}

/** Ends all tokens and sessions of a user, but the one given. Returns how many. */
export async function deleteTokensOf(db: Db, userId: string, exceptId?: string): Promise<number> {
  let query = db.deleteFrom('personal_access_tokens').where('tokenable_id', '=', userId);
  if (exceptId !== undefined) query = query.where('id', '<>', exceptId);
  const { numDeletedRows } = await query.executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

export async function deleteExpiredTokens(db: Db, at: string): Promise<void> {
  await db.deleteFrom('personal_access_tokens').where('expires_at', '<=', at).execute();
}
