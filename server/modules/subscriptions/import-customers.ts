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
import { type Header, type ImportFault, readHeader, readLine } from './import-columns.ts';
import { CsvFault, type CsvRecord, readCsv } from './import-csv.ts';
import { lockImports } from './import-queries.ts';
import type { ImportState } from './import-state.ts';
import { usernameProposals } from './import-usernames.ts';
import { takenUsernames } from './queries.ts';

export interface ImportResult {
  /** Lines with data. */
  readonly lines: number;
  readonly customers: number;
  readonly subscriptions: number;
  readonly alreadyThere: number;
  /** The first hundred, in the order of the file, each with what to write instead. Where there is one, nothing was imported. */
  readonly faults: readonly ImportFault[];
  readonly faultCount: number;
}

export interface ImportOptions {
  /** How the file is named in the audit log. */
  readonly fileName: string;
  /** Do everything, tell what it was, and undo it. */
  readonly dryRun?: boolean;
  /** Told after each batch up to which line of the file it is done. */
  readonly onProgress?: (line: number) => void;
}

const batchLines = 2000;
const mostFaults = 100;

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
        counts: { lines: 0, customers: 0, subscriptions: 0, alreadyThere: 0 },
        faulty: false,
      };
      const faults = await addAll(state, readCsv(source), options.onProgress ?? (() => {}));
      const shown = await withProposals(tx, faults.first, state.usernames);
      const result = { ...state.counts, faults: shown, faultCount: faults.count };
      if (keep(result) && state.counts.subscriptions > 0) await record(state, options.fileName);
      return result;
    });
  } catch (error) {
    if (!usernameTaken(error)) throw error;
    throw new UserError(
      'Somebody took a username of this file at the same moment. Nothing was imported; run it again.',
    );
  }
}

async function addAll(
  state: ImportState,
  records: AsyncIterable<CsvRecord>,
  onProgress: (lines: number) => void,
) {
  const faults = { first: [] as ImportFault[], count: 0 };
  const report = (found: readonly ImportFault[]) => {
    const sorted = found.toSorted((a, b) => a.line - b.line);
    faults.first.push(...sorted.slice(0, mostFaults - faults.first.length));
    faults.count += found.length;
    state.faulty ||= found.length > 0;
  };
  try {
    let header: Header | undefined;
    for await (const batch of batches(records)) {
      const found: ImportFault[] = [];
      const [first] = batch;
      if (header === undefined && first !== undefined) {
        const read = readHeader(batch.shift() ?? first);
        if (isFaults(read)) {
          report(read);
          return faults;
        }
        header = read;
      }
      const lines = batch.flatMap((entry) => {
        const values = readLine(header ?? [], entry);
        if (!isFaults(values)) return { line: entry.line, values };
        found.push(...values);
        return [];
      });
      state.counts.lines += batch.length;
      state.faulty ||= found.length > 0;
      found.push(...(await addBatch(state, lines)));
      report(found);
      onProgress(batch.at(-1)?.line ?? 1);
    }
    if (header === undefined)
      report([{ line: 1, text: 'the file is empty. Its first line names the columns.' }]);
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    report([{ line: error.line, text: error.message }]);
  }
  return faults;
}

async function* batches(records: AsyncIterable<CsvRecord>): AsyncGenerator<CsvRecord[]> {
  let batch: CsvRecord[] = [];
  for await (const record of records) {
    batch.push(record);
    if (batch.length < batchLines) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function isFaults(value: object): value is readonly ImportFault[] {
  return Array.isArray(value) && typeof value[0] === 'object';
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
    if (free === undefined) return { ...fault, text: `${fault.text} Write another.` };
    proposed.add(free);
    return { ...fault, text: `${fault.text} Write another, such as ${free}.` };
  });
}

function record({ tx, kit, author, counts }: ImportState, fileName: string): Promise<void> {
  const { alreadyThere, ...rest } = counts;
  return recordChanges(tx, kit.clock, author, [
    {
      action: 'customers.imported',
      subjectType: 'import',
      subjectId: null,
      after: { file: fileName, ...rest, already_there: alreadyThere },
    },
  ]);
}
