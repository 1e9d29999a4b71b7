import { instantText } from '#kit/clock.ts';
import type { Db, Tx } from '#kit/db.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import {
  canonicalBytes,
  type Document,
  type DocumentRole,
  type Envelope,
  keyIdOf,
  type RoleKeys,
  signaturesOf,
} from '#release-metadata';
import {
  type DocumentRow,
  documentsWithout,
  documentVersions,
  insertDocuments,
  lockDocuments,
  signedDocuments,
  withdrawDocuments,
} from './document-queries.ts';
import { currentOnlineKey } from './online-keys.ts';

/** What an installation is to believe: ready to be sent as JSON. */
export interface InstallationDocument {
  readonly role: DocumentRole;
  readonly kind: string;
  readonly version: number;
  readonly envelope: Envelope<Document>;
}

/** One installation, and what it is to be told. */
export interface Told {
  readonly subject: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the server signs by itself is renewed often; a directive holds until another comes, so it lasts for years. */
export const documentDays: Readonly<Record<DocumentRole, number>> = { online: 30, director: 5 * 365 };

/**
 * Signs a document of the kind for an installation with the online key. It takes the place of the one before, with a higher version,
 * is believed for 30 days, and signed anew before they are over. A payload is JSON with whole numbers.
 */
export async function signOnline(
  kit: Kit,
  tx: Tx,
  kind: string,
  subject: string,
  payload: Told['payload'],
): Promise<Envelope<Document>> {
  const key = await currentOnlineKey(kit, tx);
  const sign = (signed: Document) => signaturesOf(signed, [key]);
  const [envelope] = await addDocuments(kit, tx, 'online', kind, [{ subject, payload }], sign);
  if (envelope === undefined) throw new Error('One document was asked for, and none was made.');
  return envelope;
}

/** Asks for the director's signature; {@link askDirectorAll} of one. */
export async function askDirector(
  kit: Kit,
  tx: Tx,
  kind: string,
  subject: string,
  payload: Told['payload'],
): Promise<void> {
  await askDirectorAll(kit, tx, kind, [{ subject, payload }]);
}

/**
 * Queues a document of the kind for each installation until the director's offline keys sign it. What of the kind still waits for
 * the same installation is replaced; what was signed counts until the new one is.
 */
export async function askDirectorAll(kit: Kit, tx: Tx, kind: string, told: readonly Told[]): Promise<void> {
  await addDocuments(kit, tx, 'director', kind, told, () => []);
}

/** An installation is over for good: nobody is asked to sign for it any more, and nothing is signed for it anew. */
export async function forgetInstallation(tx: Tx, subject: string): Promise<void> {
  await lockDocuments(tx);
  await withdrawDocuments(tx, subject);
}

/** The newest signed document of each role and kind, by installation. */
export async function documentsOf(
  kit: Kit,
  db: Db,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, readonly InstallationDocument[]>> {
  const rows = await signedDocuments(db, subjects, instantText(kit.clock.now()));
  const documents = Map.groupBy(rows, ({ subject }) => subject);
  return new Map(
    [...documents].map(([subject, list]) => [
      subject,
      list.map((row) => ({
        role: row.role,
        kind: row.kind,
        version: Number(row.version),
        envelope: envelopeOf(row),
      })),
    ]),
  );
}

/** The document of a row with its signatures. */
export function envelopeOf({
  body,
  signatures,
}: Pick<DocumentRow, 'body' | 'signatures'>): Envelope<Document> {
  // This module alone writes it.
  return { signed: JSON.parse(body) as Document, signatures };
}

/** Queues anew what the director's keys of now have not signed enough: keys were taken away. */
export async function askAgain(kit: Kit, tx: Tx, director: RoleKeys): Promise<void> {
  await lockDocuments(tx);
  const ids = director.keys.map(keyIdOf);
  const rows = await documentsWithout(tx, ids, director.threshold, instantText(kit.clock.now()));
  for (const [kind, same] of Map.groupBy(rows, (row) => row.kind)) {
    const told = same.map((row) => ({ subject: row.subject, payload: envelopeOf(row).signed.body }));
    await askDirectorAll(kit, tx, kind, told);
  }
}

/** Higher than any that was given out, even by a database that was since restored from a backup. */
export function versionAfter(version: number, now: Temporal.Instant): number {
  return Math.max(version + 1, now.epochMilliseconds);
}

async function addDocuments(
  kit: Kit,
  tx: Tx,
  role: DocumentRole,
  kind: string,
  told: readonly Told[],
  sign: (signed: Document) => Envelope<Document>['signatures'],
): Promise<readonly Envelope<Document>[]> {
  if (new Set(told.map(({ subject }) => subject)).size < told.length) {
    throw new RangeError('An installation is told one thing of a kind at a time.');
  }
  await lockDocuments(tx);
  const now = kit.clock.now();
  const expires = now.add({ hours: 24 * documentDays[role] }).toString({ smallestUnit: 'second' });
  const versions = await documentVersions(
    tx,
    role,
    kind,
    told.map(({ subject }) => subject),
  );
  const envelopes = told.map(({ subject, payload }): Envelope<Document> => {
    const signed: Document = {
      _type: kind,
      spec_version: '1.0.0',
      subject,
      version: versionAfter(versions.get(subject) ?? 0, now),
      issued_at: now.toString({ smallestUnit: 'second' }),
      expires,
      body: payload,
    };
    // What cannot be signed is refused now, and not on the day when somebody wants to sign it.
    canonicalBytes(signed);
    return { signed, signatures: sign(signed) };
  });
  const rows = envelopes.map(({ signed, signatures }) => ({
    id: newId(kit.clock),
    role,
    kind,
    subject: signed.subject,
    version: signed.version,
    body: JSON.stringify(signed),
    signatures,
    expires_at: expires,
  }));
  await insertDocuments(tx, rows, role === 'online' ? 'signed' : 'waiting', instantText(now));
  return envelopes;
}
