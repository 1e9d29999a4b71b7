import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import {
  type Envelope,
  isSignedBy,
  keyIdOf,
  type Metadata,
  type PublicKey,
  roleOfDocuments,
  roleOfRoot,
  type Signature,
  signersOf,
  withSignatures,
} from '#release-metadata';
import { recordChanges } from '../audit/index.ts';
import { findDocuments, lockDocuments, type SignedDocument, writeSignatures } from './document-queries.ts';
import { envelopeOf } from './documents.ts';
import type { TrustHooks } from './hooks.ts';
import { lockTrust, writeMetadata } from './metadata-queries.ts';
import { settle } from './settle.ts';
import { type Held, readTrust, rowOf, type Trust } from './state.ts';

/** Signatures that offline keys made, of what waits for them. */
export interface Signatures {
  readonly metadata: readonly {
    readonly role: 'root' | 'targets';
    readonly version: number;
    readonly signatures: readonly Signature[];
  }[];
  readonly documents: readonly { readonly id: string; readonly signatures: readonly Signature[] }[];
}

/** What became of them. */
export interface Accepted {
  /** Roles whose metadata went live by them. */
  readonly live: ('root' | 'targets')[];
  /** Documents that are signed by enough keys now. */
  readonly documents_signed: number;
  /** What was signed already, or that something newer has replaced: those signatures are of no use. */
  readonly passed_over: number;
}

/**
 * Takes signatures of offline keys: each is verified, and counts once for its key. What is complete by them goes live.
 * @throws {AppError} validation_failed where one of them is wrong or by a key that does not count there; then none is taken.
 */
export function acceptSignatures(
  kit: Kit,
  author: Author,
  hooks: TrustHooks,
  given: Signatures,
): Promise<Accepted> {
  return inTransaction(kit.db, async (tx) => {
    await lockTrust(tx);
    await lockDocuments(tx);
    const before = await readTrust(tx);
    const metadata = await takeMetadata(tx, before, given.metadata);
    const documents = await takeDocuments(kit, tx, before, given.documents);
    await settle(kit, tx, hooks);
    const after = await readTrust(tx);
    const live = (['root', 'targets'] as const).filter(
      (role) => before[role]?.version !== after[role]?.version,
    );
    if (metadata.taken + documents.taken > 0) {
      const said = { keys: signersIn(given), metadata: metadata.taken, documents: documents.taken, live };
      await recordChanges(tx, kit.clock, author, [
        { action: 'trust.signed', subjectType: 'trust', subjectId: null, after: said },
      ]);
    }
    return {
      live,
      documents_signed: documents.signed,
      passed_over: metadata.passedOver + documents.passedOver,
    };
  });
}

const signersIn = ({ metadata, documents }: Signatures) => [
  ...new Set([...metadata, ...documents].flatMap(({ signatures }) => signatures.map(({ keyid }) => keyid))),
];

async function takeMetadata(tx: Tx, trust: Trust, given: Signatures['metadata']) {
  let taken = 0;
  for (const [index, { role, version, signatures }] of given.entries()) {
    const waiting: readonly (Held<Metadata> | undefined)[] =
      role === 'root' ? [trust.nextRoot] : trust.pending;
    const held = waiting.find((item) => item?.version === version);
    if (held === undefined) continue;
    const keys = signersOfMetadata(trust, role);
    refuseWrong(held.envelope, signatures, keys, `metadata.${index}`);
    const { body } = rowOf(withSignatures(held.envelope, signatures), held.state);
    await writeMetadata(tx, role, version, { body });
    taken += 1;
  }
  return { taken, passedOver: given.length - taken };
}

/** Keys that may sign it: those of now, and those that the root which waits brings. */
function signersOfMetadata({ root, nextRoot }: Trust, role: 'root' | 'targets'): readonly PublicKey[] {
  return [root, nextRoot].flatMap((held) =>
    held === undefined ? [] : roleOfRoot(held.envelope.signed, role).keys,
  );
}

async function takeDocuments(kit: Kit, tx: Tx, trust: Trust, given: Signatures['documents']) {
  if (given.length === 0) return { taken: 0, signed: 0, passedOver: 0 };
  if (trust.targets === undefined) throw new AppError('trust_not_set_up');
  const role = roleOfDocuments(trust.targets.envelope.signed, 'director');
  const byId = new Map(given.map((item, index) => [item.id, { ...item, index }]));
  const rows = await findDocuments(tx, [...byId.keys()]);
  const unknown = given.findIndex(({ id }) => !rows.some((row) => row.id === id));
  if (unknown >= 0) {
    throw fieldError(`documents.${unknown}.id`, {
      en: 'There is no such document.',
      id: 'Dokumen ini tidak ada.',
    });
  }
  const waiting = rows.filter(({ state }) => state === 'waiting');
  const signed = waiting.map((row): SignedDocument => {
    const { signatures = [], index = 0 } = byId.get(row.id) ?? {};
    const envelope = envelopeOf(row);
    refuseWrong(envelope, signatures, role.keys, `documents.${index}`);
    const all = withSignatures(envelope, signatures);
    return { id: row.id, signatures: all.signatures, done: isSignedBy(all, role) };
  });
  await writeSignatures(tx, signed, instantText(kit.clock.now()));
  const done = signed.filter((item) => item.done).length;
  return { taken: signed.length, signed: done, passedOver: given.length - signed.length };
}

/** @throws {AppError} validation_failed where a signature is not right, or its key has no say here. */
function refuseWrong(
  { signed }: Envelope<unknown>,
  signatures: readonly Signature[],
  keys: readonly PublicKey[],
  field: string,
): void {
  const right = signersOf({ signed, signatures }, { keys, threshold: 1 });
  const known = keys.map(keyIdOf);
  for (const { keyid } of signatures) {
    const short = keyid.slice(0, 12);
    if (!known.includes(keyid)) {
      throw fieldError(field, {
        en: `The key ${short}… has no say in this. Sign with a key of the right role.`,
        id: `Kunci ${short}… tidak berhak atas ini. Tanda tangani dengan kunci peran yang benar.`,
      });
    }
    if (!right.includes(keyid)) {
      throw fieldError(field, {
        en: `The signature of ${short}… does not fit what waits here; it may have changed since. Export it again and sign that.`,
        id: `Tanda tangan ${short}… tidak cocok dengan yang menunggu di sini; mungkin sudah berubah. Ekspor lagi lalu tanda tangani.`,
      });
    }
  }
}
