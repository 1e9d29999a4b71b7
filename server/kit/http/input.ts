import { z } from 'zod';
import { type EndpointSpec, inIndonesian, type RequestOf } from '#contract';
import { AppError, type Language } from '../errors.ts';
import { plainWords, unknownField } from './plain-words.ts';

const deepest = 12;
const noQuery = z.strictObject({});
/** Faulty fields that an answer names. */
const mostFields = 50;
const errorMaps = { en: plainWords('en'), id: plainWords('id') };

interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * Checks a request against its endpoint.
 * @throws {AppError} validation_failed with every faulty field: `body` fields by their own path, others likewise.
 */
export function parseInput(spec: EndpointSpec, raw: RawInput, language: Language): RequestOf<EndpointSpec> {
  // Without a prototype: names of the client's become keys, and `__proto__` must be one.
  const fields: Record<string, string[]> = Object.create(null);
  const read = (schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    const isBytes = value instanceof Uint8Array || (schema === spec.body && spec.streamedBody !== undefined);
    const fault = isBytes ? undefined : unstorable(value);
    if (fault) {
      fields[fault.path.join('.') || 'body'] = [fault.message[language]];
      return undefined;
    }
    const result = schema.safeParse(value, { error: errorMaps[language] });
    if (result.success) return result.data;
    for (const issue of result.error.issues) addIssue(fields, issue, language);
    return undefined;
  };
  const params = read(spec.params, raw.params);
  const query = read(spec.query ?? noQuery, raw.query);
  const body = spec.body === undefined ? noBody(raw.body, fields, language) : read(spec.body, raw.body);
  if (Object.keys(fields).length > 0) throw new AppError('validation_failed', { fields });
  // The schemas of `spec` have just produced these; the generic signature cannot say so.
  return { params, query: spec.query === undefined ? undefined : query, body } as RequestOf<EndpointSpec>;
}

const bodyRefused = { en: 'This endpoint takes no body.', id: 'Alamat ini tidak menerima isi permintaan.' };

/** A body where none is taken is a mistake worth telling, unless it is empty. */
function noBody(body: unknown, fields: Record<string, string[]>, language: Language): undefined {
  const empty = body === undefined || body === null || JSON.stringify(body) === '{}';
  if (!empty) fields.body = [bodyRefused[language]];
  return undefined;
}

/** Adds what is wrong, for the first fields only: an answer must not grow with a body of ten thousand faults. */
function addIssue(fields: Record<string, string[]>, issue: z.core.$ZodIssue, language: Language): void {
  const path = issue.path.map(String);
  const unknown = issue.code === 'unrecognized_keys';
  const said = language === 'id' ? inIndonesian(issue.message) : issue.message;
  const names = unknown ? issue.keys.slice(0, mostFields).map((key) => [...path, key]) : [path];
  for (const name of names) {
    const field = name.join('.').slice(0, 200) || 'body';
    const texts = fields[field] ?? [];
    if (texts.length === 0 && Object.keys(fields).length >= mostFields) return;
    if (texts.length < 5) texts.push(said.slice(0, 500));
    fields[field] = texts;
  }
}

interface Fault {
  readonly path: readonly string[];
  readonly message: Readonly<Record<Language, string>>;
}

const tooDeep = { en: 'This is nested too deeply.', id: 'Susunannya terlalu dalam.' };
const notText = {
  en: 'This text has a character that cannot be stored (NUL or half of a pair).',
  id: 'Teks ini memuat karakter yang tidak dapat disimpan (NUL atau separuh pasangan).',
};

/** What PostgreSQL or a reader of our JSON could not take: NUL characters, lone surrogates, bottomless nesting. */
export function unstorable(value: unknown, depth = 0): Fault | undefined {
  if (typeof value === 'string') return isText(value) ? undefined : { path: [], message: notText };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= deepest) return { path: [], message: tooDeep };
  for (const name of Object.keys(value)) {
    if (!isText(name)) return { path: [], message: notText };
    // Zod passes `__proto__` over instead of refusing it as unknown.
    if (name === '__proto__') return { path: [name], message: unknownField };
    const fault = unstorable(Reflect.get(value, name), depth + 1);
    if (fault) return { path: [name, ...fault.path], message: fault.message };
  }
  return undefined;
}

function isText(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}
