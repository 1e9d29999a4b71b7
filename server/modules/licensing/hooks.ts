import type { Db, Tx } from '#kit/db.ts';
import type { CustomerCall } from '#kit/http/call.ts';
import type { SigningKey, VerifyingKey } from '#license-token';

/** Who signs tokens: the online role. */
export interface LicenseSigner {
  /** The key to sign with now. */
  readonly current: (db: Db) => Promise<SigningKey>;
  /** All keys that tokens were ever signed with. */
  readonly keys: (db: Db) => Promise<readonly TokenKey[]>;
}

/** A key of the online role, and what a token that it signed says. */
export interface TokenKey extends VerifyingKey {
  /** retired: who shows it, though it is over; compromised: nothing, since others may sign with it. */
  readonly standing: 'believed' | 'retired' | 'compromised';
}

/** A signed document for an installation; the rest of it is for the installation alone. */
export interface InstallationDirective {
  /** director: signed by people, and an installation is to notice where one is withheld. */
  readonly role: 'director' | 'online';
  readonly version: number;
}

/** What licensing wants of other modules. */
export interface LicensingHooks {
  readonly signer: LicenseSigner;
  /** What an installation is told: signed documents, the newest of each kind. */
  readonly directivesOf: (db: Db, installationId: string) => Promise<readonly InstallationDirective[]>;
  /** A license goes from one installation to another: what holds for the one holds for the other. */
  readonly afterMoved: (tx: Tx, from: string, to: string) => Promise<void>;
  /** An installation is over for good: it was ended, or its license was moved away. */
  readonly afterGone: (tx: Tx, installationId: string) => Promise<void>;
  /** Refuses a customer who has not proved within a quarter of an hour who they are. */
  readonly proveAgain: (call: CustomerCall, password: string | undefined) => Promise<void>;
}
