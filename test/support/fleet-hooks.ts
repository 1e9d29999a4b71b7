import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { sha256Hex } from '#kit/crypto.ts';
import type { Db, Tx } from '#kit/db.ts';
import type { FleetHooks, Offerable, Patch, SignedDocument } from '../../server/modules/fleet/index.ts';

/** What the fleet asks of licensing, releases and trust, over their real tables; patches are made-up bytes that tell where they lead. */
export function standInHooks(): FleetHooks {
  const blobs = new Map<string, Buffer>();
  return {
    hashKey: (key) => sha256Hex(key.trim()),
    async findCallers(db, pairs) {
      const asked = pairs.map(({ agentCode, keyHash }, n) => ({ n, code: agentCode, hash: keyHash }));
      const { rows } = await sql<{
        n: number;
        id: string;
        status: 'active' | 'suspended' | 'revoked' | 'expired';
      }>`
        select p.n, i.id, l.status from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as p(n int, code text, hash text)
          join installations i on i.agent_code = p.code and i.state in ('ready', 'paired') join licenses l on l.id = i.license_id
        where p.hash in (l.key_hash, i.secret_hash)`.execute(db);
      const byN = new Map(rows.map(({ n, id, status }) => [n, { installationId: id, status }]));
      return pairs.map((_, n) => byN.get(n));
    },
    async offerable(db) {
      const { rows } = await sql<Offerable>`select * from releases where state = 'published'`.execute(db);
      return rows;
    },
    async patchFor(from, to): Promise<Patch> {
      const bytes = Buffer.from(`${from} → ${to}\n`.repeat(4000));
      const hash = createHash('sha256').update(bytes).digest('hex');
      blobs.set(hash, bytes);
      return { hash, size: bytes.length, changes: [{ action: 'update', path: 'app/Kernel.php' }] };
    },
    async openBlob(hash, { start, end }) {
      const bytes = blobs.get(hash);
      return bytes && Readable.from([bytes.subarray(start, end + 1)]);
    },
    holdRelease: (tx, _author, id) => setState(tx, id, 'held'),
    offerRelease: (tx, _author, id) => setState(tx, id, 'published'),
    askDirector: (tx, kind, subject, payload) => addDocument(tx, 'director', kind, subject, payload),
    signOnline: (tx, kind, subject, payload) => addDocument(tx, 'online', kind, subject, payload),
    async documentsOf(db, subjects) {
      const { rows } = await sql<{
        subject: string;
        role: string;
        kind: string;
        version: string;
        body: string;
      }>`
        select distinct on (subject, role) subject, role, kind, version, body from trust_documents
        where state = 'signed' and subject = any(${[...subjects]}::uuid[]) order by subject, role, version desc`.execute(
        db,
      );
      const found = new Map<string, SignedDocument[]>();
      for (const { subject, body, version, ...rest } of rows) {
        const envelope = { signed: JSON.parse(body), signatures: [{ keyid: 'a', sig: 'b' }] };
        found.set(subject, [...(found.get(subject) ?? []), { ...rest, version: Number(version), envelope }]);
      }
      return found;
    },
  };
}

async function setState(db: Db, id: string, state: string): Promise<void> {
  await sql`update releases set state = ${state} where id = ${id} and state in ('published', 'held')`.execute(
    db,
  );
}

async function addDocument(
  tx: Tx,
  role: string,
  kind: string,
  subject: string,
  payload: object,
): Promise<void> {
  const isSigned = role === 'online';
  await sql`
    with old as (update trust_documents set state = 'replaced' where subject = ${subject} and role = ${role} and state = 'waiting')
    insert into trust_documents (id, role, kind, subject, version, body, signatures, state, created_at)
    select gen_random_uuid(), ${role}, ${kind}, ${subject}, 1 + coalesce(max(version), 0), ${JSON.stringify(payload)},
      ${isSigned ? '[{"keyid":"a","sig":"b"}]' : '[]'}::jsonb, ${isSigned ? 'signed' : 'waiting'}, '2026-01-15T03:00:00Z'
    from trust_documents where subject = ${subject} and role = ${role}`.execute(tx);
}
