import { z } from 'zod';
import type { Language, Message } from '../errors.ts';

type RawIssue = z.core.$ZodRawIssue;

const fallback = { en: z.locales.en().localeError, id: z.locales.id().localeError };

/** What a value should have been, in words a person uses. */
const kinds: Readonly<Record<string, Message>> = {
  string: { en: 'text', id: 'teks' },
  number: { en: 'a number', id: 'angka' },
  int: { en: 'a whole number', id: 'bilangan bulat' },
  boolean: { en: 'true or false', id: 'true atau false' },
  array: { en: 'a list', id: 'daftar' },
  object: { en: 'an object', id: 'objek' },
};

const formats: Readonly<Record<string, Message>> = {
  email: {
    en: 'Write an e-mail address like nama@contoh.com.',
    id: 'Tulis alamat email seperti nama@contoh.com.',
  },
  uuid: { en: 'This is not an id.', id: 'Ini bukan id.' },
  date: {
    en: 'Write a date that exists, as YYYY-MM-DD, like 2026-01-31.',
    id: 'Tulis tanggal yang ada, dengan bentuk TTTT-BB-HH, seperti 2026-01-31.',
  },
  datetime: {
    en: 'Write a date and time with its zone, like 2026-01-31T10:00:00+07:00.',
    id: 'Tulis tanggal dan jam dengan zonanya, seperti 2026-01-31T10:00:00+07:00.',
  },
};

/** What is said of a field that an endpoint does not have. */
export const unknownField: Message = { en: 'There is no such field.', id: 'Isian ini tidak ada.' };

/** The error map of a request's language: plain sentences for what people get wrong, the library's for the rest. */
export function plainWords(language: Language): z.core.$ZodErrorMap {
  return (issue) => inWords(issue)?.[language] ?? fallback[language](issue);
}

function inWords(issue: RawIssue): Message | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.input, kinds[issue.expected]);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_format':
      return formats[issue.format];
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'unrecognized_keys':
      return unknownField;
    default:
      return undefined;
  }
}

function wrongType(input: unknown, kind: Message | undefined): Message | undefined {
  if (input === undefined || input === null) return { en: 'This must be given.', id: 'Ini wajib diisi.' };
  return kind && { en: `This must be ${kind.en}.`, id: `Ini harus berupa ${kind.id}.` };
}

function oneOf(values: readonly unknown[]): Message {
  const list = values.map(String).join(', ');
  return { en: `Choose one of: ${list}.`, id: `Pilih salah satu: ${list}.` };
}

interface Bound {
  readonly origin: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
}

function tooSmall({ origin, minimum }: Bound): Message {
  if (origin === 'string' && minimum === 1)
    return { en: 'This cannot be empty.', id: 'Ini tidak boleh kosong.' };
  if (origin === 'string')
    return { en: `Write at least ${minimum} characters.`, id: `Tulis paling sedikit ${minimum} karakter.` };
  if (origin === 'array') return { en: `Give at least ${minimum}.`, id: `Isi paling sedikit ${minimum}.` };
  return { en: `Use ${minimum} or more.`, id: `Gunakan ${minimum} atau lebih.` };
}

function tooBig({ origin, maximum }: Bound): Message {
  if (origin === 'string')
    return { en: `Write at most ${maximum} characters.`, id: `Tulis paling banyak ${maximum} karakter.` };
  if (origin === 'array') return { en: `Give at most ${maximum}.`, id: `Isi paling banyak ${maximum}.` };
  return { en: `Use ${maximum} or less.`, id: `Gunakan ${maximum} atau kurang.` };
}
