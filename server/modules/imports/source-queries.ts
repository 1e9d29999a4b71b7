import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export type SourceKind = 'customer' | 'package' | 'subscription' | 'invoice' | 'payment' | 'balance';

/** A row of ours and what it was where it came from. */
export interface Origin {
  readonly kind: SourceKind;
  readonly sourceId: string;
  readonly id: string;
}

/** Which of these were imported from `source` before, and what they became. */
export async function importedBefore(
  db: Db,
  source: string,
  kind: SourceKind,
  sourceIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ source_id: string; id: string }>`
    select source_id, id from import_sources
    where source = ${source} and kind = ${kind} and source_id = any(${[...sourceIds]}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.source_id, row.id]));
}

/** Remembers where rows came from. */
export async function rememberOrigins(
  db: Db,
  source: string,
  origins: readonly Origin[],
  at: string,
): Promise<void> {
  await sql`
    insert into import_sources (source, kind, source_id, id, created_at)
    select ${source}, kind, "sourceId", id, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(origins)}::jsonb) as o(kind text, "sourceId" text, id uuid)`.execute(
    db,
  );
}

/** Which of these rows of ours are still there. */
export async function existing(
  db: Db,
  table: 'customers' | 'packages',
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom(table)
    .select('id')
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .execute();
  return new Set(rows.map((row) => row.id));
}

export interface NamedCustomer {
  readonly wanted: string;
  readonly id: string;
  readonly name: string;
}

/**
 * The customers meant by a username, an e-mail or a phone number. What is a username of a subscription is nothing else; that
 * of a cancelled one counts where nobody has it now. A phone counts by its last nine digits.
 */
export async function customersMeant(db: Db, wanted: readonly string[]): Promise<readonly NamedCustomer[]> {
  const { rows } = await sql<NamedCustomer>`
    with w as (
      select wanted, case when wanted ~ '^[+0-9 ()-]+$' then right(translate(wanted, ' ()+-', ''), 9) end as phone
      from unnest(${[...wanted]}::text[]) as wanted
    ), found as (
      select wanted, customer_id as id, case status when 'cancelled' then 2 else 1 end as place
      from w join subscriptions s on s.mikrotik_username = wanted
      union
      select wanted, c.id, 3 from w join customers c on c.email = lower(wanted)
      union
      select wanted, c.id, 4 from w join customers c on right(translate(c.phone, ' ()+-', ''), 9) = w.phone where length(w.phone) >= 6
    ), best as (select *, min(place) over (partition by wanted) as first from found)
    select b.wanted, c.id, c.name from best b join customers c on c.id = b.id
    where b.place = b.first and c.anonymised_at is null
    order by b.wanted, c.name, c.id`.execute(db);
  return rows;
}

/** The sources that begin so, where this one is not known yet; without the beginning. */
export async function otherSources(db: Db, source: string, begins: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('import_sources')
    .select('source')
    .distinct()
    .where('source', 'like', `${begins}%`)
    .execute();
  const names = rows.map((row) => row.source);
  return names.includes(source) ? [] : names.map((name) => name.slice(begins.length));
}
