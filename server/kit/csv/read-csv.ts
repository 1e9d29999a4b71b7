import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Message } from '../errors.ts';

/** One record of a CSV file. */
export interface CsvRecord {
  /** Where it begins in the file, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The file cannot be read on from this line, and what to do about it. */
export class CsvFault extends Error {
  readonly line: number;
  readonly text: Message;
  constructor(line: number, text: Message) {
    super(text.en);
    this.line = line;
    this.text = text;
  }
}

const mostRecordBytes = 64 * 1024;
const byteOrderMark = '\uFEFF';
const notUtf8 = {
  en: 'this is not UTF-8 text. In Excel save the file as "CSV UTF-8 (Comma delimited)"; in LibreOffice choose the character set UTF-8.',
  id: 'ini bukan teks UTF-8. Di Excel simpan berkas sebagai "CSV UTF-8 (Comma delimited)"; di LibreOffice pilih character set UTF-8.',
};
const workbook = {
  en: 'this is a workbook or another packed file, not CSV. Open it and save it as "CSV UTF-8".',
  id: 'ini buku kerja atau berkas terkompresi lain, bukan CSV. Buka, lalu simpan sebagai "CSV UTF-8".',
};

/**
 * Reads CSV as spreadsheets write it: UTF-8 with or without a byte order mark, comma or semicolon, any line end,
 * quoted cells with line breaks. Empty records are left out. Holds a record at a time.
 * @throws {CsvFault} at the first line that cannot be read.
 */
export async function* readCsv(source: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord> {
  const text = utf8Lines(source);
  const first = await text.next();
  if (first.done) return;
  const parser = parse({
    delimiter: delimiterOf(first.value),
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    max_record_size: mostRecordBytes,
    info: true,
  });
  // The fault arrives through the loop below, which ends when the parser is destroyed with it.
  pipeline(startingWith(first.value, text), parser, () => {});
  try {
    for await (const { record, info } of parser) {
      const inner = record.reduce((sum: number, cell: string) => sum + cell.split('\n').length - 1, 0);
      yield { line: info.lines - inner, cells: record };
    }
  } catch (error) {
    throw error instanceof CsvError ? faultOf(error, parser.info.lines) : error;
  }
}

/** The text in pieces that end with a line; a character is never cut. */
async function* utf8Lines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let line = 1;
  let first = true;
  const read = (bytes: Buffer) => {
    if (!isUtf8(bytes)) throw new CsvFault(line + linesBeforeFault(bytes), notUtf8);
    const text = bytes.toString('utf8');
    line += text.split('\n').length - 1;
    const start = first && text.startsWith(byteOrderMark) ? 1 : 0;
    first = false;
    return text.slice(start);
  };
  for await (const chunk of source) {
    const bytes = Buffer.concat([rest, chunk]);
    if (first && bytes.subarray(0, 2).toString('latin1') === 'PK') throw new CsvFault(1, workbook);
    const end = bytes.lastIndexOf(0x0a) + 1;
    rest = bytes.subarray(end);
    if (rest.length > 16 * mostRecordBytes)
      throw new CsvFault(line, {
        en: 'this line has no end. Is the file CSV?',
        id: 'baris ini tidak berakhir. Apakah berkasnya CSV?',
      });
    if (end > 0) yield read(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield read(rest);
}

function linesBeforeFault(bytes: Buffer): number {
  let start = 0;
  for (let lines = 0; ; lines += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return lines;
    start = end + 1;
  }
}

/** Excel separates by semicolons where the comma is the decimal sign, as in Indonesia. */
function delimiterOf(text: string): ',' | ';' {
  const [header = ''] = text.split(/\r?\n/, 1);
  const plain = header.replace(/"[^"]*"/g, '');
  return plain.split(';').length > plain.split(',').length ? ';' : ',';
}

async function* startingWith(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

function faultOf(error: CsvError, lines: number): CsvFault {
  const line = typeof error.lines === 'number' ? error.lines : lines;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return new CsvFault(line, {
      en: 'a quotation mark (") is opened here and not closed before the file ends.',
      id: 'tanda kutip (") dibuka di sini dan tidak ditutup sampai akhir berkas.',
    });
  }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return new CsvFault(line, {
      en: 'this line is too long. Look for a quotation mark (") that is not closed.',
      id: 'baris ini terlalu panjang. Cari tanda kutip (") yang tidak ditutup.',
    });
  }
  return new CsvFault(line, {
    en: 'a quotation mark (") stands where none may. Put the whole cell into quotes and double those inside it.',
    id: 'ada tanda kutip (") di tempat yang salah. Beri tanda kutip pada seluruh sel dan gandakan yang ada di dalamnya.',
  });
}
