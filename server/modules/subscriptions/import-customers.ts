import { type ReadResult, readLines } from '#kit/csv/read-lines.ts';
import { inTransactionIf, type Tx } from '#kit/db.ts';
import { UserError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { packagesByName } from '../catalog/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { usernameTaken } from './create-subscription.ts';
import type { SubscriptionHooks } from './hooks.ts';
import { addBatch } from './import-batch.ts';
import { customerColumns, type ImportFault } from './import-columns.ts';
import { lockImports } from './import-queries.ts';
import type { ImportState } from './import-state.ts';
import { usernameProposals } from './import-usernames.ts';
import { takenUsernames } from './queries.ts';

export interface ImportResult extends ReadResult<ImportFault> {
  readonly customers: number;
  readonly subscriptions: number;
  readonly alreadyThere: number;
}

export interface ImportOptions {
  /** How the file is named in the audit log. */
  readonly fileName: string;
  /** Do everything, tell what it was, and undo it. */
  readonly dryRun?: boolean;
  /** Told after each batch up to which line of the file it is done. */
  readonly onProgress?: (line: number) => void;
}

/**
 * Adds customers with their subscriptions from CSV: all lines or, where one is faulty, none, in one transaction. A
 * line is known by its username; those imported before are passed over, so a file may be run again. Imports that come
 * at once wait for one another. Holds one batch of lines, and the usernames and customers of the file.
 * @throws {UserError} when somebody took a username of the file in the meantime; nothing was imported then.
 */
export async function importCustomers(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  source: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<ImportResult> {
  const keep = ({ faultCount }: ImportResult) => faultCount === 0 && !options.dryRun;
  try {
    return await inTransactionIf(kit.db, keep, async (tx) => {
      await lockImports(tx);
      const state: ImportState = {
        kit,
        tx,
        hooks,
        author,
        today: await organisationToday(kit, tx),
        packages: await packagesByName(tx),
        usernames: new Map(),
        places: new Map(),
        counts: { customers: 0, subscriptions: 0, alreadyThere: 0 },
        faulty: false,
      };
      const read = await readLines(source, {
        columns: customerColumns,
        take: (lines, faulty) => {
          state.faulty = faulty;
          return addBatch(state, lines);
        },
        onProgress: options.onProgress,
      });
      const faults = await withProposals(tx, read.faults, state.usernames);
      const result = { ...read, ...state.counts, faults };
      if (keep(result) && state.counts.subscriptions > 0) await record(state, options.fileName, read.lines);
      return result;
    });
  } catch (error) {
    if (!usernameTaken(error)) throw error;
    throw new UserError(
      'Somebody took a username of this file at the same moment. Nothing was imported; run it again.',
    );
  }
}

/** Says a free username with each one that somebody else has (decisions.md, Billing). */
async function withProposals(tx: Tx, faults: readonly ImportFault[], inFile: ReadonlyMap<string, number>) {
  const names = faults.flatMap((fault) => fault.taken ?? []);
  const proposed = new Set<string>();
  const candidates = names.flatMap((name) => usernameProposals(name));
  const taken = await takenUsernames(tx, candidates);
  return faults.map((fault) => {
    if (fault.taken === undefined) return fault;
    const free = usernameProposals(fault.taken).find(
      (name) => !taken.has(name) && !inFile.has(name) && !proposed.has(name),
    );
    if (free === undefined) {
      const { en, id } = fault.text;
      return { ...fault, text: { en: `${en} Write another.`, id: `${id} Tulis yang lain.` } };
    }
    proposed.add(free);
    const { en, id } = fault.text;
    const text = {
      en: `${en} Write another, such as ${free}.`,
      id: `${id} Tulis yang lain, misalnya ${free}.`,
    };
    return { ...fault, text };
  });
}

function record({ tx, kit, author, counts }: ImportState, fileName: string, lines: number): Promise<void> {
  const { alreadyThere, ...rest } = counts;
  return recordChanges(tx, kit.clock, author, [
    {
      action: 'customers.imported',
      subjectType: 'import',
      subjectId: null,
      after: { file: fileName, lines, ...rest, already_there: alreadyThere },
    },
  ]);
}
