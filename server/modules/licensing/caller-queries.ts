import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { statusAt, validUntil, withTerms } from './license-queries.ts';

/** Who presents an agent code with the hash of a key: the license's, or the installation's secret. */
export interface CallerPair {
  readonly agentCode: string;
  readonly keyHash: string;
}

export interface Caller {
  readonly installationId: string;
  readonly licenseId: string;
  readonly packageId: string;
  /** Of the license; one in its grace counts as active. */
  readonly status: 'active' | 'suspended' | 'revoked' | 'expired';
  /** RFC 3339; null is for ever. */
  readonly validUntil: string | null;
}

/** Of the license; one in its grace counts as active. */
const calledAt = (at: string) =>
  sql`case ${statusAt(at)} when 'grace' then 'active' else ${statusAt(at)} end`;

/** Who they are at that instant, in their order and in one statement; undefined where nobody is. Codes may be typed small. A secret's predecessor counts until the new one was used. */
export async function findCallers(
  db: Db,
  pairs: readonly CallerPair[],
  at: string,
): Promise<readonly (Caller | undefined)[]> {
  const { rows } = await sql<Caller & { position: number }>`
    select q.position::integer - 1 as position, i.id as "installationId", t.id as "licenseId", p.id as "packageId",
      ${calledAt(at)} as status, ${validUntil} as "validUntil"
    from unnest(${pairs.map(({ agentCode }) => agentCode)}::text[], ${pairs.map(({ keyHash }) => keyHash)}::text[])
        with ordinality q(agent_code, key_hash, position)
      join installations i on i.agent_code = upper(q.agent_code) and i.state in ('ready', 'paired'), ${withTerms}
    where t.id = i.license_id and q.key_hash in (t.key_hash, i.secret_hash, i.previous_secret_hash)`.execute(
    db,
  );
  const callers = new Map(rows.map(({ position, ...caller }) => [position, caller]));
  return pairs.map((_, position) => callers.get(position));
}

/** A statement of the ids of the licenses that stand so at that instant, as {@link findCallers} says it. */
export const licensesThatAre = (statuses: readonly Caller['status'][], at: string): SqlPart<unknown> => sql`
  select t.id from ${withTerms} where ${calledAt(at)} = any(${[...statuses]}::text[])`;
