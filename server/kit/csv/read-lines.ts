import { type ColumnSet, type Header, type LineFault, readHeader, readLine } from './columns.ts';
import { CsvFault, type CsvRecord, readCsv } from './read-csv.ts';

/** A line of a file whose cells hold what they must. */
export interface CsvLine<Values> {
  readonly line: number;
  readonly values: Values;
}

export interface ReadOptions<Values, Fault extends LineFault> {
  readonly columns: ColumnSet<Values>;
  /**
   * Takes a batch of lines and answers the faults it finds in them. `faulty` says that some line up to here is faulty: then
   * nothing is kept, and lines are only to be checked.
   */
  readonly take: (lines: readonly CsvLine<Values>[], faulty: boolean) => Promise<readonly Fault[]>;
  /** Told after each batch up to which line of the file it is done. */
  readonly onProgress?: ((line: number) => void) | undefined;
}

export interface ReadResult<Fault> {
  /** Lines with data. */
  readonly lines: number;
  /** The first hundred, in the order of the file. */
  readonly faults: readonly (Fault | LineFault)[];
  readonly faultCount: number;
}

const batchLines = 2000;
const mostFaults = 100;

/** Reads a CSV file by the columns its first line names, and gives its lines away in batches; holds one batch. */
export async function readLines<Values, Fault extends LineFault>(
  source: AsyncIterable<Uint8Array>,
  { columns, take, onProgress }: ReadOptions<Values, Fault>,
): Promise<ReadResult<Fault>> {
  const first: (Fault | LineFault)[] = [];
  let faultCount = 0;
  let lines = 0;
  const report = (found: readonly (Fault | LineFault)[]) => {
    const sorted = found.toSorted((a, b) => a.line - b.line);
    first.push(...sorted.slice(0, mostFaults - first.length));
    faultCount += found.length;
  };
  try {
    let header: Header | undefined;
    for await (const batch of batches(readCsv(source))) {
      const [heading] = batch;
      if (header === undefined && heading !== undefined) {
        const read = readHeader(columns, batch.shift() ?? heading);
        if ('faults' in read) {
          report(read.faults);
          break;
        }
        header = read.header;
      }
      const found: (Fault | LineFault)[] = [];
      const good = batch.flatMap((record) => {
        const read = readLine(columns, header ?? [], record);
        if ('values' in read) return { line: record.line, values: read.values };
        found.push(...read.faults);
        return [];
      });
      lines += batch.length;
      found.push(...(await take(good, faultCount + found.length > 0)));
      report(found);
      onProgress?.(batch.at(-1)?.line ?? 1);
    }
    if (header === undefined && faultCount === 0) report([emptyFile]);
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    report([{ line: error.line, text: error.text }]);
  }
  return { lines, faults: first, faultCount };
}

const emptyFile = {
  line: 1,
  text: {
    en: 'the file is empty. Its first line names the columns.',
    id: 'berkas ini kosong. Baris pertamanya berisi nama kolom.',
  },
};

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
