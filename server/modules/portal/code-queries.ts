import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { Contact } from './contact-queries.ts';

export interface NewCode {
  readonly purpose: string;
  readonly contact: Contact;
  readonly hash: string;
  readonly expiresAt: string;
  readonly at: string;
}

/**
 * Puts a code in place of the one before. False, and nothing changed, too soon after that one: a minute after the first
 * of an hour, then twice as long each time, and at most as long as a code works, so that whoever asks in another's name never
 * leaves them without one that does.
 */
export async function putCode(db: Db, code: NewCode): Promise<boolean> {
  const at = sql`${code.at}::timestamptz`;
  const { rows } = await sql`
    insert into portal_codes as c (purpose, contact, code_hash, sends, sent_at, expires_at)
    values (${code.purpose}, ${code.contact}, ${code.hash}, 1, ${at}, ${code.expiresAt}::timestamptz)
    on conflict (purpose) do update set contact = excluded.contact, code_hash = excluded.code_hash, sent_at = excluded.sent_at,
      expires_at = excluded.expires_at,
      sends = case when c.sent_at < ${at} - interval '1 hour' then 1 else least(c.sends + 1, 100) end
    where c.sent_at + least(power(2, least(c.sends, 10) - 1), 10) * interval '1 minute' <= ${at}
    returning purpose`.execute(db);
  return rows.length > 0;
}

/** The hash of the code that works now. */
export async function liveCodeHash(db: Db, purpose: string, at: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('portal_codes')
    .select('code_hash')
    .where('purpose', '=', purpose)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  return row?.code_hash;
}

/** Spends a code; gives the contact it was sent to, or nothing where it was spent, replaced or too old. */
export async function useCode(
  db: Db,
  purpose: string,
  hash: string,
  at: string,
): Promise<string | undefined> {
  const row = await db
    .deleteFrom('portal_codes')
    .where('purpose', '=', purpose)
    .where('code_hash', '=', hash)
    .where('expires_at', '>', at)
    .returning('contact')
    .executeTakeFirst();
  return row?.contact;
}

/** Forgets codes sent before; by then the wait for the next one is over as well. */
export async function deleteOldCodes(db: Db, before: string): Promise<void> {
  await db.deleteFrom('portal_codes').where('sent_at', '<', before).execute();
}
