import type { CsvLine } from '#kit/csv/read-lines.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import type { PackageRow } from '../catalog/index.ts';
import type { SubscriptionHooks } from './hooks.ts';
import type { ImportValues } from './import-columns.ts';

/** What an import remembers from batch to batch. */
export interface ImportState {
  readonly kit: Kit;
  readonly tx: Tx;
  readonly hooks: SubscriptionHooks;
  readonly author: Author;
  readonly today: string;
  readonly packages: ReadonlyMap<string, PackageRow>;
  /** The line of each username of the file. */
  readonly usernames: Map<string, number>;
  /** The customer of each name with phone, and name with e-mail. */
  readonly places: Map<string, Place>;
  readonly counts: { customers: number; subscriptions: number; alreadyThere: number };
  /** Whether a line was faulty: then lines are only checked. */
  faulty: boolean;
}

export type ImportLine = CsvLine<ImportValues>;

/** A customer whom lines belong to. */
export interface Place {
  readonly id: string;
  readonly address: string | null;
}
