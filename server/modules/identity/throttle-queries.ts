import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export interface CountedAttempt {
  readonly key: string;
  /** The failure that locks; each one after it locks for twice as long. */
  readonly limit: number;
  readonly windowSeconds: number;
  readonly firstLockSeconds: number;
  readonly longestLockSeconds: number;
  readonly at: string;
}

/** Counts an attempt in one statement; false, and nothing counted, while the key is locked. */
export async function countAttempt(db: Db, attempt: CountedAttempt): Promise<boolean> {
  const at = sql`${attempt.at}::timestamptz`;
  const failures = sql`case when greatest(t.last_failure_at, t.locked_until)
    + make_interval(secs => ${attempt.windowSeconds}) <= ${at} then 1 else t.failures + 1 end`;
  const { rows } = await sql`
    insert into login_throttles as t (key, failures, last_failure_at) values (${attempt.key}, 1, ${at})
    on conflict (key) do update set
      failures = ${failures},
      last_failure_at = excluded.last_failure_at,
      locked_until = case when ${failures} >= ${attempt.limit}::int then ${at} + make_interval(secs => least(
        ${attempt.longestLockSeconds}::float8,
        ${attempt.firstLockSeconds}::float8 * power(2, least(${failures} - ${attempt.limit}::int, 20)))) end
    where t.locked_until is null or t.locked_until <= ${at}
    returning key`.execute(db);
  return rows.length > 0;
}

export async function lockedUntil(db: Db, key: string): Promise<string | null | undefined> {
  const row = await db
    .selectFrom('login_throttles')
    .select('locked_until')
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.locked_until;
}

/** Takes back one counted attempt, which turned out not to be a failure, and the lock it brought. */
export async function uncountAttempt(db: Db, key: string, limit: number): Promise<void> {
  await sql`
    update login_throttles set failures = greatest(failures - 1, 0),
      locked_until = case when failures - 1 >= ${limit}::int then locked_until end
    where key = ${key}`.execute(db);
}

export async function forgetAttempts(db: Db, key: string): Promise<void> {
  await db.deleteFrom('login_throttles').where('key', '=', key).execute();
}

/** Forgets keys that nobody tried or was locked by since then, leaving out those in use at this moment. */
export async function deleteOldThrottles(db: Db, before: string): Promise<void> {
  await sql`
    delete from login_throttles where key in (
      select key from login_throttles where greatest(last_failure_at, locked_until) < ${before}::timestamptz
      for update skip locked)`.execute(db);
}
