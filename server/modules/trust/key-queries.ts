import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { PublicKey } from '#release-metadata';

export interface OnlineKeyRow {
  readonly id: string;
  readonly public_key: PublicKey;
  /** None of one that signs no more. */
  readonly sealed_key: string | null;
  readonly state: 'new' | 'current' | 'retired';
  readonly compromised: boolean;
  readonly created_at: string;
  readonly listed_at: string | null;
  readonly retired_at: string | null;
}

export async function readOnlineKeys(db: Db): Promise<readonly OnlineKeyRow[]> {
  const { rows } = await sql<OnlineKeyRow>`
    select id, public_key, sealed_key, state, compromised, created_at, listed_at, retired_at
    from trust_keys order by created_at, id`.execute(db);
  return rows;
}

/** Adds a key; where somebody else added one of that state at the same moment, theirs stands. */
export async function insertOnlineKey(
  db: Db,
  key: Pick<OnlineKeyRow, 'id' | 'public_key' | 'sealed_key'>,
  state: 'new' | 'current',
  at: string,
): Promise<void> {
  await sql`
    insert into trust_keys (id, public_key, sealed_key, state, created_at)
    values (${key.id}, ${JSON.stringify(key.public_key)}::jsonb, ${key.sealed_key}, ${state}, ${at}::timestamptz)
    on conflict do nothing`.execute(db);
}

/**
 * Nobody is to believe what any key until now signs or signed: whoever has one may have had all of them. The current one goes on until
 * the next is known.
 */
export async function markCompromised(db: Db, at: string): Promise<void> {
  await sql`
    update trust_keys set compromised = true, state = case state when 'new' then 'retired' else state end,
      sealed_key = case state when 'current' then sealed_key end,
      retired_at = case state when 'new' then ${at}::timestamptz else retired_at end`.execute(db);
}

/** Notes since when live root and targets list the new key. */
export async function noteListed(db: Db, ids: readonly string[], at: string): Promise<void> {
  await sql`
    update trust_keys set listed_at = ${at}::timestamptz
    where id = any(${[...ids]}::text[]) and listed_at is null`.execute(db);
}

/** The new key signs from now on, and the current one never again: its secret half is forgotten. */
export async function takeTurns(db: Db, at: string): Promise<void> {
  await sql`
    update trust_keys set state = 'retired', sealed_key = null, retired_at = ${at}::timestamptz where state = 'current'`.execute(
    db,
  );
  await sql`update trust_keys set state = 'current' where state = 'new'`.execute(db);
}
