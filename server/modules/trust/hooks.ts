import type { Tx } from '#kit/db.ts';

/** A file as it was signed. */
export interface SignedFile {
  readonly path: string;
  readonly sha256: string;
}

/** What trust wants done by modules to its right. */
export interface TrustHooks {
  /** A file of the store by its SHA-256, verified; undefined where there is none. */
  readonly readTarget: (sha256: string) => Promise<Uint8Array | undefined>;
  /** The offline keys have signed the addition of these files: they may be published. In the transaction that took the last signature. */
  readonly afterSigned: (tx: Tx, files: readonly SignedFile[], at: string) => Promise<void>;
}
