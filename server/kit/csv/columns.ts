import type { z } from 'zod';
import { date, inIndonesian } from '#contract';
import type { Message } from '../errors.ts';
import { plainWords } from '../http/plain-words.ts';
import type { CsvRecord } from './read-csv.ts';

/** Something to correct in a file. */
export interface LineFault {
  readonly line: number;
  readonly column?: string;
  readonly text: Message;
}

/** What a kind of file is made of. */
export interface ColumnSet<Values> {
  /** What the cells of a line must hold; empty ones are not given. */
  readonly schema: z.ZodType<Values>;
  /** The columns, in the order in which faults are told, and what to write in each: said after what is wrong. */
  readonly hints: Readonly<Record<string, Message>>;
  readonly required: readonly string[];
  /** Names by which a column goes beside its own; those of `ignored` are passed over. */
  readonly aliases: Readonly<Record<string, string>>;
  /** The columns that hold dates. */
  readonly dates: readonly string[];
}

/** The column of each cell, by the header; `ignored` for those that are passed over. */
export type Header = readonly string[];

const errorMaps = { en: plainWords('en'), id: plainWords('id') };

/** Reads the header; answers faults where a column is unknown, missing or given twice. */
export function readHeader(
  { hints, aliases, required }: ColumnSet<unknown>,
  record: CsvRecord,
): { readonly header: Header } | { readonly faults: readonly LineFault[] } {
  const faults: LineFault[] = [];
  const fault = (column: string, en: string, id: string) =>
    faults.push({ line: record.line, column, text: { en, id } });
  const names = Object.keys(hints);
  const header = record.cells.map((cell) => {
    const key = cell
      .trim()
      .toLowerCase()
      .replace(/[\s./_-]+/g, '_')
      .replace(/^_|_$/g, '');
    const found = Object.hasOwn(hints, key) ? key : Object.hasOwn(aliases, key) ? aliases[key] : undefined;
    if (found === undefined && key !== '') {
      fault(
        cell.trim().slice(0, 40),
        `this column is not known. Remove it or name it one of: ${names.join(', ')}.`,
        `kolom ini tidak dikenal. Hapus, atau beri salah satu nama ini: ${names.join(', ')}.`,
      );
    }
    return found ?? 'ignored';
  });
  for (const column of names) {
    if (header.filter((name) => name === column).length > 1) {
      fault(
        column,
        'two columns are this one. Remove one of them.',
        'ada dua kolom seperti ini. Hapus salah satunya.',
      );
    }
  }
  for (const column of required) {
    if (!header.includes(column)) {
      fault(
        column,
        'this column is missing in the first line of the file.',
        'kolom ini tidak ada di baris pertama berkas.',
      );
    }
  }
  return faults.length > 0 ? { faults } : { header };
}

/** Checks the cells of a line; answers all its faults where there are any. */
export function readLine<Values>(
  columns: ColumnSet<Values>,
  header: Header,
  { line, cells }: CsvRecord,
): { readonly values: Values } | { readonly faults: readonly LineFault[] } {
  if (cells.slice(header.length).some((cell) => cell.trim() !== '')) {
    const text = {
      en: `there are ${cells.length} cells under ${header.length} columns. Put a cell that holds the separator into quotes.`,
      id: `ada ${cells.length} sel di bawah ${header.length} kolom. Beri tanda kutip pada sel yang berisi tanda pemisah.`,
    };
    return { faults: [{ line, text }] };
  }
  const given = new Map<string, string>();
  const faults: LineFault[] = [];
  for (const [index, column] of header.entries()) {
    const value = cells[index]?.trim() ?? '';
    if (column === 'ignored' || value === '') continue;
    if (value.includes('\0')) faults.push({ line, column, text: holdsNul });
    else given.set(column, value);
  }
  if (faults.length > 0) return { faults };
  const input = Object.fromEntries(given);
  const parsed = columns.schema.safeParse(input, { error: errorMaps.en });
  if (parsed.success) return { values: parsed.data };
  // What is wrong is said by the schema, in one language at a time.
  const again = columns.schema.safeParse(input, { error: errorMaps.id });
  const first = { en: firstMessages(parsed.error.issues), id: firstMessages(again.error?.issues ?? []) };
  return {
    faults: Object.keys(columns.hints).flatMap((column) => {
      const en = first.en.get(column);
      if (en === undefined) return [];
      const wrong = { en, id: inIndonesian(first.id.get(column) ?? en) };
      return { line, column, text: faultText(columns, column, given.get(column), wrong) };
    }),
  };
}

const holdsNul = {
  en: 'it holds a NUL character, which cannot be stored. Delete it.',
  id: 'berisi karakter NUL, yang tidak dapat disimpan. Hapus karakter itu.',
};

function firstMessages(issues: readonly z.core.$ZodIssue[]): ReadonlyMap<string, string> {
  return new Map(issues.toReversed().map((issue) => [String(issue.path[0]), issue.message]));
}

function faultText(
  { hints, dates }: ColumnSet<unknown>,
  column: string,
  value: string | undefined,
  wrong: Message,
): Message {
  const hint = hints[column] ?? { en: '', id: '' };
  if (value === undefined) return { en: `it is empty. ${hint.en}`, id: `kosong. ${hint.id}` };
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  if (!dates.includes(column)) {
    return {
      en: `"${shown}": ${sentence(wrong.en)} ${hint.en}`,
      id: `"${shown}": ${sentence(wrong.id)} ${hint.id}`,
    };
  }
  const turned = isoDate(value);
  return turned === undefined
    ? {
        en: `"${shown}" is not a date we can use. ${hint.en}`,
        id: `"${shown}" bukan tanggal yang bisa dipakai. ${hint.id}`,
      }
    : { en: `"${shown}": write it as ${turned}.`, id: `"${shown}": tulis sebagai ${turned}.` };
}

/** What a date as people in Indonesia write it (31/01/2026, 31-1-2026) is in the form of the file. */
function isoDate(text: string): string | undefined {
  const [, day = '', month = '', year] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text) ?? [];
  const turned = year === undefined ? undefined : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return turned !== undefined && date.safeParse(turned).success ? turned : undefined;
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}
