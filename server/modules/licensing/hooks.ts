import type { Db } from '#kit/db.ts';
import type { CustomerCall } from '#kit/http/call.ts';
import type { SigningKey, VerifyingKey } from '#license-token';

/** Who signs tokens: the online role. */
export interface LicenseSigner {
  /** The key to sign with now. */
  readonly current: (db: Db) => Promise<SigningKey>;
  /** All keys that tokens out there may be signed with. */
  readonly known: (db: Db) => Promise<readonly VerifyingKey[]>;
}

/** What licensing wants of other modules. */
export interface LicensingHooks {
  readonly signer: LicenseSigner;
  /** What an installation is told to do: signed documents, newest first. */
  readonly directivesOf: (db: Db, installationId: string) => Promise<readonly unknown[]>;
  /** Refuses a customer who has not proved within a quarter of an hour who they are. */
  readonly proveAgain: (call: CustomerCall, password: string | undefined) => Promise<void>;
}
