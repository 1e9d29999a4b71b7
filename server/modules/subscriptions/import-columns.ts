import { z } from 'zod';
import { customerFields, date, line, subscriptions, username } from '#contract';
import type { CsvRecord } from './import-csv.ts';

const choices = {
  status: { aktif: 'active', isolir: 'suspended', terisolir: 'suspended', ditangguhkan: 'suspended' },
  auto_renew: { true: true, yes: true, ya: true, 1: true, false: false, no: false, tidak: false, 0: false },
} as const;

const { mikrotik_password: password, comment } = subscriptions.createSubscription.body.shape;

/** What each cell must hold: the same as the API takes, so that a file and a form agree. */
const lineSchema = z.object({
  name: line(),
  email: customerFields.email,
  phone: customerFields.phone,
  address: customerFields.address,
  package: line(),
  username,
  password,
  start_date: date.optional(),
  end_date: date.optional(),
  status: chosen({ active: 'active', suspended: 'suspended', ...choices.status }),
  auto_renew: chosen(choices.auto_renew),
  comment,
});

export type ImportValues = z.output<typeof lineSchema>;
type Column = keyof ImportValues;

/** What to write, said after what is wrong. */
const hints: Readonly<Record<Column, string>> = {
  name: 'Write the subscriber’s name, at most 255 characters.',
  email: 'Write an address like budi@example.com, or leave it empty.',
  phone: 'Write a number like 0812-3456-7890; where Excel shows 8.12E+11, format the column as text first.',
  address: 'Write at most 2000 characters.',
  package: 'Write the name of a package.',
  username: 'Write a username like budi.santoso, at most 64 characters.',
  password: 'Write at most 64 characters without spaces, or leave it empty to have one made.',
  start_date: 'Write a date like 2026-01-31.',
  end_date: 'Write the first unpaid day like 2026-01-31.',
  status: 'Write active or suspended (aktif, isolir), or leave it empty.',
  auto_renew: 'Write yes or no (ya, tidak), or leave it empty.',
  comment: 'Write at most 500 characters.',
};

const required: readonly Column[] = ['name', 'package', 'username'];

/** Names by which a column goes beside its own; those of `ignored` are passed over. */
const aliases: Readonly<Record<string, Column | 'ignored'>> = {
  nama: 'name',
  nama_pelanggan: 'name',
  pelanggan: 'name',
  e_mail: 'email',
  surel: 'email',
  telepon: 'phone',
  telp: 'phone',
  no_telepon: 'phone',
  no_hp: 'phone',
  hp: 'phone',
  whatsapp: 'phone',
  alamat: 'address',
  paket: 'package',
  user: 'username',
  nama_pengguna: 'username',
  mikrotik_username: 'username',
  kata_sandi: 'password',
  sandi: 'password',
  mikrotik_password: 'password',
  mulai: 'start_date',
  tanggal_mulai: 'start_date',
  tgl_mulai: 'start_date',
  berakhir: 'end_date',
  tanggal_berakhir: 'end_date',
  tgl_berakhir: 'end_date',
  jatuh_tempo: 'end_date',
  perpanjang_otomatis: 'auto_renew',
  otomatis: 'auto_renew',
  catatan: 'comment',
  keterangan: 'comment',
  no: 'ignored',
  nomor: 'ignored',
};

/** Something to correct in the file. */
export interface ImportFault {
  readonly line: number;
  readonly column?: string;
  readonly text: string;
  /** The username somebody else has, for which a free one is proposed. */
  readonly taken?: string;
}

/** The column of each cell, by the header. */
export type Header = readonly (Column | 'ignored')[];

/** Reads the header; answers faults where a column is unknown, missing or given twice. */
export function readHeader(record: CsvRecord): Header | readonly ImportFault[] {
  const faults: ImportFault[] = [];
  const fault = (column: string, text: string) => faults.push({ line: record.line, column, text });
  const header = record.cells.map((cell) => {
    const key = cell
      .trim()
      .toLowerCase()
      .replace(/[\s./_-]+/g, '_')
      .replace(/^_|_$/g, '');
    const found = isColumn(key) ? key : Object.hasOwn(aliases, key) ? aliases[key] : undefined;
    if (found === undefined && key !== '') {
      fault(
        cell.trim().slice(0, 40),
        `this column is not known. Remove it or name it one of: ${Object.keys(hints).join(', ')}.`,
      );
    }
    return found ?? 'ignored';
  });
  for (const column of Object.keys(hints)) {
    if (header.filter((name) => name === column).length > 1)
      fault(column, 'two columns are this one. Remove one of them.');
  }
  for (const column of required) {
    if (!header.includes(column)) fault(column, 'this column is missing in the first line of the file.');
  }
  return faults.length > 0 ? faults : header;
}

/** Checks the cells of a line; answers all its faults where there are any. */
export function readLine(
  header: Header,
  { line: number, cells }: CsvRecord,
): ImportValues | readonly ImportFault[] {
  if (cells.slice(header.length).some((cell) => cell.trim() !== '')) {
    const text = `there are ${cells.length} cells under ${header.length} columns. Put a cell that holds the separator into quotes.`;
    return [{ line: number, text }];
  }
  const given = new Map<string, string>();
  const faults: ImportFault[] = [];
  for (const [index, column] of header.entries()) {
    const value = cells[index]?.trim() ?? '';
    if (column === 'ignored' || value === '') continue;
    if (value.includes('\0'))
      faults.push({
        line: number,
        column,
        text: 'it holds a NUL character, which cannot be stored. Delete it.',
      });
    else given.set(column, value);
  }
  if (faults.length > 0) return faults;
  const parsed = lineSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const first = new Map(
    parsed.error.issues.toReversed().map((issue) => [String(issue.path[0]), issue.message]),
  );
  return Object.keys(hints).flatMap((column) => {
    const message = first.get(column);
    return message === undefined
      ? []
      : { line: number, column, text: faultText(column, given.get(column), message) };
  });
}

function faultText(column: string, value: string | undefined, message: string): string {
  const hint = isColumn(column) ? hints[column] : '';
  if (value === undefined) return `it is empty. ${hint}`;
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  if (!column.endsWith('_date')) return `"${shown}": ${sentence(message)} ${hint}`;
  const turned = isoDate(value);
  return turned === undefined
    ? `"${shown}" is not a date we can use. ${hint}`
    : `"${shown}": write it as ${turned}.`;
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

function isColumn(name: string): name is Column {
  return Object.hasOwn(hints, name);
}

/** One of a few words, in any case; absent stays absent. */
function chosen<T>(words: Readonly<Record<string, T>>) {
  return z
    .string()
    .transform((value, context): T => {
      const word = value.toLowerCase();
      const found = Object.hasOwn(words, word) ? words[word] : undefined;
      if (found !== undefined) return found;
      context.issues.push({
        code: 'custom',
        input: value,
        message: 'this is not one of the words known here.',
      });
      return z.NEVER;
    })
    .optional();
}
