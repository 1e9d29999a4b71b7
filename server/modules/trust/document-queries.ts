import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { DocumentRole, Signature } from '#release-metadata';

export interface DocumentRow {
  readonly id: string;
  readonly role: DocumentRole;
  readonly kind: string;
  readonly subject: string;
  readonly version: string;
  /** JSON of what is signed. */
  readonly body: string;
  readonly signatures: readonly Signature[];
  readonly state: 'waiting' | 'signed' | 'replaced';
  readonly created_at: string;
  readonly expires_at: string;
}

const columns = sql`d.id, d.role, d.kind, d.subject, d.version, d.body, d.signatures, d.state, d.created_at, d.expires_at`;

/** Whoever adds or signs documents does it alone: each gets the next version of its subject. After {@link lockTrust} where both are taken. */
export async function lockDocuments(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7234539)`.execute(db);
}

/** The highest version of each of these subjects; those that have none are not in it. */
export async function documentVersions(
  db: Db,
  role: DocumentRole,
  kind: string,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ subject: string; version: string }>`
    select subject, max(version) as version from trust_documents
    where role = ${role} and kind = ${kind} and subject = any(${[...subjects]}::uuid[]) group by subject`.execute(
    db,
  );
  return new Map(rows.map(({ subject, version }) => [subject, Number(version)]));
}

export interface NewDocument extends Omit<DocumentRow, 'version' | 'created_at' | 'state'> {
  readonly version: number;
}

/**
 * Adds documents of one role and kind. What waited of their subjects is replaced; so is what was signed, where the new ones are.
 */
export async function insertDocuments(
  db: Db,
  documents: readonly NewDocument[],
  state: 'waiting' | 'signed',
  at: string,
): Promise<void> {
  const [first] = documents;
  if (first === undefined) return;
  const replaced = state === 'signed' ? ['waiting', 'signed'] : ['waiting'];
  await sql`
    update trust_documents set state = 'replaced'
    where subject = any(${documents.map(({ subject }) => subject)}::uuid[]) and role = ${first.role} and kind = ${first.kind}
      and state = any(${replaced}::text[])`.execute(db);
  await sql`
    insert into trust_documents (id, role, kind, subject, version, body, signatures, state, created_at, signed_at, expires_at)
    select d.id, d.role, d.kind, d.subject, d.version, d.body, d.signatures, ${state}, ${at}::timestamptz,
      ${state === 'signed' ? at : null}::timestamptz, d.expires_at
    from jsonb_to_recordset(${JSON.stringify(documents)}::jsonb) as d(id uuid, role text, kind text, subject uuid, version bigint,
      body text, signatures jsonb, expires_at timestamptz)`.execute(db);
}

/** Takes back all that counts or waits for an installation, with nothing in its place. */
export async function withdrawDocuments(db: Db, subject: string): Promise<void> {
  await sql`
    update trust_documents set state = 'replaced' where subject = ${subject} and state in ('waiting', 'signed')`.execute(
    db,
  );
}

/** What counts for these installations now. */
export async function signedDocuments(
  db: Db,
  subjects: readonly string[],
  at: string,
): Promise<readonly DocumentRow[]> {
  const { rows } = await sql<DocumentRow>`
    select ${columns} from trust_documents d
    where d.subject = any(${[...subjects]}::uuid[]) and d.state = 'signed' and d.expires_at > ${at}::timestamptz
    order by d.subject, d.kind, d.role`.execute(db);
  return rows;
}

/** What waits, in the order in which it was asked for, behind `after`. */
export async function waitingDocuments(
  db: Db,
  after: string | undefined,
  most: number,
): Promise<readonly DocumentRow[]> {
  const { rows } = await sql<DocumentRow>`
    select ${columns} from trust_documents d
    where d.state = 'waiting' and (${after ?? null}::uuid is null or d.id > ${after ?? null}::uuid)
    order by d.id limit ${most}`.execute(db);
  return rows;
}

export async function countWaiting(db: Db): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) as count from trust_documents where state = 'waiting'`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

export async function findDocuments(db: Db, ids: readonly string[]): Promise<readonly DocumentRow[]> {
  const { rows } = await sql<DocumentRow>`
    select ${columns} from trust_documents d where d.id = any(${[...ids]}::uuid[]) order by d.id`.execute(db);
  return rows;
}

export interface SignedDocument {
  readonly id: string;
  readonly signatures: readonly Signature[];
  /** Whether enough have signed. */
  readonly done: boolean;
}

/** Keeps signatures; what is done takes the place of what its subject had. */
export async function writeSignatures(
  db: Db,
  documents: readonly SignedDocument[],
  at: string,
): Promise<void> {
  const given = sql`jsonb_to_recordset(${JSON.stringify(documents)}::jsonb) as g(id uuid, signatures jsonb, done boolean)`;
  await sql`
    update trust_documents o set state = 'replaced' from ${given} join trust_documents d on d.id = g.id
    where g.done and o.subject = d.subject and o.role = d.role and o.kind = d.kind and o.state = 'signed'`.execute(
    db,
  );
  await sql`
    update trust_documents d set signatures = g.signatures,
      state = case when g.done then 'signed' else 'waiting' end, signed_at = case when g.done then ${at}::timestamptz end
    from ${given} where d.id = g.id and d.state = 'waiting'`.execute(db);
}

/** A row of the set that goes on behind `after`, of what the online role says now: it ends before `until`, or another key has signed it. */
export async function documentsToRenew(
  db: Db,
  from: {
    readonly keyId: string;
    readonly until: string;
    readonly after: string | undefined;
    readonly most: number;
  },
): Promise<readonly DocumentRow[]> {
  const { rows } = await sql<DocumentRow>`
    select ${columns} from trust_documents d
    where d.role = 'online' and d.state = 'signed' and (${from.after ?? null}::uuid is null or d.id > ${from.after ?? null}::uuid)
      and (d.expires_at < ${from.until}::timestamptz or d.signatures -> 0 ->> 'keyid' is distinct from ${from.keyId})
    order by d.id limit ${from.most}`.execute(db);
  return rows;
}

/** Puts what was signed anew in the place of what was there. */
export async function rewriteDocuments(
  db: Db,
  documents: readonly Pick<NewDocument, 'id' | 'version' | 'body' | 'signatures' | 'expires_at'>[],
  at: string,
): Promise<void> {
  await sql`
    update trust_documents d set version = n.version, body = n.body, signatures = n.signatures, expires_at = n.expires_at,
      signed_at = ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(documents)}::jsonb) as n(id uuid, version bigint, body text, signatures jsonb,
      expires_at timestamptz)
    where d.id = n.id`.execute(db);
}

/** The director's that count and end before `until`, or have ended, without anything newer that waits. */
export async function directivesEnding(db: Db, until: string): Promise<readonly DocumentRow[]> {
  const { rows } = await sql<DocumentRow>`
    select ${columns} from trust_documents d
    where d.role = 'director' and d.state = 'signed' and d.expires_at < ${until}::timestamptz and ${nothingNewer} order by d.id`.execute(
    db,
  );
  return rows;
}

/** How many of the director's end between these instants, and when the first and the last does. */
export async function countEnding(
  db: Db,
  from: string | undefined,
  until: string,
): Promise<{ readonly count: number; readonly first: string | null; readonly last: string | null }> {
  const { rows } = await sql<{ count: string; first: string | null; last: string | null }>`
    select count(*) as count, min(expires_at) as first, max(expires_at) as last from trust_documents
    where role = 'director' and state = 'signed' and expires_at < ${until}::timestamptz
      and (${from ?? null}::timestamptz is null or expires_at >= ${from ?? null}::timestamptz)`.execute(db);
  return { first: null, last: null, ...rows[0], count: Number(rows[0]?.count ?? 0) };
}

const nothingNewer = sql`not exists (select from trust_documents n
  where n.subject = d.subject and n.role = d.role and n.kind = d.kind and n.state = 'waiting')`;

/** Of the director's that count, those that fewer than `threshold` of the keys have signed, and that nothing newer waits for. */
export async function documentsWithout(
  db: Db,
  keyIds: readonly string[],
  threshold: number,
  at: string,
): Promise<readonly DocumentRow[]> {
  const { rows } = await sql<DocumentRow>`
    select ${columns} from trust_documents d
    where d.role = 'director' and d.state = 'signed' and d.expires_at > ${at}::timestamptz
      and (select count(*) from jsonb_array_elements(d.signatures) s where s ->> 'keyid' = any(${[...keyIds]}::text[])) < ${threshold}
      and ${nothingNewer}
    order by d.id`.execute(db);
  return rows;
}
