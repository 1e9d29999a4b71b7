import type { Components } from '../update/components.ts';
import type { UpdateInput } from '../update/installation.ts';

/** An update that a source has for the installation. */
export interface Offer {
  readonly version: string;
  readonly changelog: string;
  readonly hasMigrations: boolean;
  /** The version before can run on the database as this one leaves it. */
  readonly isCompatible: boolean;
  /** Whoever is responsible wants it taken without anybody's asking for it. */
  readonly isForced: boolean;
  readonly downloadUrl: string;
  /** SHA-256 of the package, in hex. */
  readonly checksum: string | undefined;
  readonly size: number | undefined;
  /** Paths that the source says are no more; they are judged before anything is deleted. */
  readonly deleted: readonly string[];
  /** How many files it changes, where that is known before it is fetched. */
  readonly files: number | undefined;
  readonly publishedAt: string | undefined;
}

/** What a source answers; `message` is what its people say to those of the installation. */
export type Answer =
  | { readonly is: 'offer'; readonly offer: Offer; readonly message: string | undefined }
  | { readonly is: 'none' | 'suspended' | 'disabled'; readonly message: string | undefined };

/** An update whose new files lie in the stage, `new/<n>` for the n-th change. */
export interface Staged extends Pick<UpdateInput, 'changes' | 'hasMigrations' | 'isCompatible'> {
  /** The parts of it that can be taken alone, where they are signed. */
  readonly parts?: Components;
}

/** Where updates come from. */
export interface Source {
  /** @throws {AgentError} where it cannot be asked, or answers what is no answer */
  check(current: string, signal: AbortSignal): Promise<Answer>;
  /**
   * Fetches the update and unpacks it into the stage, which is not there yet. A fetching that was broken off goes on where it was.
   * @throws {AgentError} where it does not come, or is not what was offered
   */
  stage(offer: Offer, stage: string, signal: AbortSignal, told: Progress): Promise<Staged>;
}

/** Told while bytes come: how many are there, of how many where that is known. */
export type Progress = (bytes: number, of: number | undefined) => void;
