import { sql } from 'kysely';
import type { Db, Tx } from '#kit/db.ts';

/** Notes that these are about to be stored, or are wanted still. In the order of their hashes, so that two at once wait in no circle. */
export async function touchBlobs(
  db: Db,
  blobs: readonly { readonly hash: string; readonly size: number }[],
  at: string,
): Promise<void> {
  if (blobs.length === 0) return;
  await sql`
    insert into release_blobs (hash, size, touched_at)
    select distinct on (b.hash) b.hash, b.size, ${at}::timestamptz
    from json_to_recordset(${JSON.stringify(blobs.map(({ hash, size }) => ({ hash, size })))}::json) b(hash text, size bigint)
    order by b.hash
    on conflict (hash) do update set touched_at = greatest(release_blobs.touched_at, excluded.touched_at)`.execute(
    db,
  );
}

/** Some that nothing refers to and nobody has set out to store since; nobody else can until the transaction ends. */
export async function lockUnusedBlobs(tx: Tx, before: string, most: number): Promise<string[]> {
  const { rows } = await sql<{ hash: string }>`
    select b.hash from release_blobs b
    where b.touched_at < ${before}
      and not exists (select from release_files f where f.hash = b.hash)
      and not exists (select from release_patches p where p.hash = b.hash)
      and not exists (select from releases r where r.manifest_hash = b.hash)
    order by b.hash limit ${most} for update skip locked`.execute(tx);
  return rows.map(({ hash }) => hash);
}

export async function deleteBlobRows(tx: Tx, hashes: readonly string[]): Promise<void> {
  await sql`delete from release_blobs where hash = any(${hashes}::text[])`.execute(tx);
}
