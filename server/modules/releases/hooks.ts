import type { Db, Tx } from '#kit/db.ts';

/** Who vouches for releases: the module trust. Each in the caller's transaction, before it locks releases. */
export interface ReleaseTrust {
  /** Has a manifest wait for the offline keys. Tells whether it does so newly: the same again changes nothing. */
  readonly addTarget: (
    tx: Tx,
    target: {
      readonly path: string;
      readonly sha256: string;
      readonly length: number;
      readonly custom: { readonly channel: string };
    },
  ) => Promise<boolean>;
  /** Takes it back; nothing where it is not there. */
  readonly removeTarget: (tx: Tx, path: string) => Promise<void>;
  /** Makes the signed metadata with it live. @throws {AppError} where signatures are missing, or are of another file */
  readonly publishTarget: (
    tx: Tx,
    target: { readonly path: string; readonly sha256: string },
  ) => Promise<void>;
  /** The metadata that is live, by the names under which it is served. */
  readonly liveMetadata: (db: Db) => Promise<readonly { readonly name: string; readonly body: Uint8Array }[]>;
}

/** Who asks for releases as on GitHub. */
export interface ReleaseCaller {
  readonly installationId: string;
  /** Of the license. */
  readonly status: 'active' | 'suspended' | 'revoked' | 'expired';
}

/** Who they are: the module licensing. */
export interface ReleaseCallers {
  /** The hash by which a license key or an installation's secret is known, however it was typed. */
  readonly hashKey: (key: string) => string;
  readonly findCallers: (
    db: Db,
    pairs: readonly { readonly agentCode: string; readonly keyHash: string }[],
  ) => Promise<readonly (ReleaseCaller | undefined)[]>;
}

export interface ReleaseHooks {
  readonly trust: ReleaseTrust;
  readonly callers: ReleaseCallers;
  /** Which published versions are shown to it; to anybody without one: the module fleet. @throws {AppError} where none are */
  readonly shown: (caller: ReleaseCaller | undefined) => Promise<(version: string) => boolean>;
}
