import type { Readable } from 'node:stream';
import type { Db, Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { ByteRange } from '#kit/http/ranges.ts';
import type { Offerable } from './offers.ts';

/** Who presents an agent code and a key. */
export interface Caller {
  readonly installationId: string;
  /** Of the license. */
  readonly status: 'active' | 'suspended' | 'revoked' | 'expired';
}

export interface Credentials {
  readonly agentCode: string;
  /** SHA-256 in hex, as `hashKey` gives it. */
  readonly keyHash: string;
}

/** What leads from one release to another, as a blob of the store. */
export interface Patch {
  readonly hash: string;
  readonly size: number;
  readonly changes: readonly { readonly action: string; readonly path: string }[];
}

/** A document for one installation, signed by a role that its pinned root delegates to. */
export interface SignedDocument {
  readonly role: string;
  readonly kind: string;
  readonly version: number;
  readonly envelope: { readonly signed: unknown; readonly signatures: readonly unknown[] };
}

/** What the fleet asks of the modules before it. */
export interface FleetHooks {
  /** The hash by which a license key or an installation's secret is known, however it was typed. */
  readonly hashKey: (key: string) => string;
  /** Who they are at that instant, in their order and in one statement; undefined where nobody is. */
  readonly findCallers: (
    db: Db,
    pairs: readonly Credentials[],
    at: string,
  ) => Promise<readonly (Caller | undefined)[]>;
  /** The published releases. */
  readonly offerable: (db: Db) => Promise<readonly Offerable[]>;
  /** The ZIP of spec 1 from one published release to another, also back; undefined where there is no way. */
  readonly patchFor: (from: string, to: string) => Promise<Patch | undefined>;
  /** The delta from one published release to another; undefined where they differ too much. */
  readonly deltaFor: (from: string, to: string) => Promise<Patch | undefined>;
  /** Bytes of a blob: all of them, or from `start` to `end`, both included. Undefined where the store has it no more. */
  readonly openBlob: (hash: string, span: ByteRange | undefined) => Promise<Readable | undefined>;
  /** Offers a published release to nobody for now, and one that is held again. */
  readonly holdRelease: (tx: Tx, author: Author, releaseId: string, reason: string) => Promise<void>;
  readonly offerRelease: (tx: Tx, author: Author, releaseId: string) => Promise<void>;
  /** Queues a directive for the director's offline signatures. */
  readonly askDirector: (tx: Tx, kind: string, subject: string, payload: object) => Promise<void>;
  /** Signs a message at once. */
  readonly signOnline: (tx: Tx, kind: string, subject: string, payload: object) => Promise<void>;
  /** The newest signed documents of each. */
  readonly documentsOf: (
    db: Db,
    subjects: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly SignedDocument[]>>;
}
