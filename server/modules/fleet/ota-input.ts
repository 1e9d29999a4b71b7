import { AppError, type Message } from '#kit/errors.ts';
import { unstorable } from '#kit/http/input.ts';
import { parseVersion, type Version } from './version.ts';

// What clients send. They may be old, foreign or broken: unknown fields are passed over, and each fault is named.

const largestInfo = 4096;
const longestError = 2000;

const needed = { en: 'This is needed.', id: 'Ini wajib diisi.' };
const notText = { en: 'Send a text.', id: 'Kirim teks.' };
const tooLong = { en: 'This is too long.', id: 'Ini terlalu panjang.' };
const notVersion = {
  en: 'Use a semantic version, like "1.2.0".',
  id: 'Gunakan versi semantik, misalnya "1.2.0".',
};
const notStatus = { en: 'Use "success" or "failed".', id: 'Gunakan "success" atau "failed".' };
const notObject = {
  en: 'Send an object of at most 4 KB, without NUL characters.',
  id: 'Kirim objek paling besar 4 KB, tanpa karakter NUL.',
};

export interface Presented {
  readonly agentCode: string;
  readonly key: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a body as JSON, whatever it is said to be, or else as the form it is said to be, as PHP writes one.
 * @throws {AppError} invalid_json
 */
export function readBody(body: Uint8Array, type: string | undefined): Fields {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(type ?? '');
  try {
    // With its byte order mark, as some clients of Windows write it, taken off.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value = isForm && !/^\s*[{[]/.test(text) ? readForm(text) : JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new AppError('invalid_json');
}

/** `name[part]=…` are the parts of one object, deeper ones are passed over. Of what is there twice the last counts. */
function readForm(text: string): Fields {
  const fields: Record<string, unknown> = Object.create(null);
  const objects: Record<string, Record<string, string>> = Object.create(null);
  for (const [field, value] of new URLSearchParams(text)) {
    const [found, name = '', part = ''] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(field) ?? [];
    if (found === undefined) fields[field] = value;
    else {
      objects[name] ??= Object.create(null) as Record<string, string>; // Object.create says nothing of what it makes.
      objects[name][part] = value;
    }
  }
  return Object.assign(fields, objects);
}

/** Collects what is wrong with a body, so that all of it is told at once. */
export class Reader {
  readonly #fields: Fields;
  readonly #faults: Record<string, Message> = Object.create(null);

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  credentials(): Presented {
    return { agentCode: this.#text('agent_code', 100), key: this.#text('license_key', 200) };
  }

  version(name: string): Version {
    const text = this.#text(name, 100);
    const version = parseVersion(text);
    if (version !== undefined) return version;
    this.#faults[name] ??= notVersion;
    return { text, core: [0, 0, 0], pre: [] };
  }

  status(): 'success' | 'failed' {
    const { status } = this.#fields;
    if (status === 'success' || status === 'failed') return status;
    this.#faults.status = notStatus;
    return 'failed';
  }

  /** Whatever it is, it is kept as text: nobody's report is refused for how its error is written. */
  error(): string | null {
    const { error } = this.#fields;
    if (error === undefined || error === null || error === '') return null;
    const text = typeof error === 'string' ? error : JSON.stringify(error);
    return text.slice(0, longestError).replaceAll('\0', '').toWellFormed();
  }

  /** PHP writes an empty list where it means an empty object. */
  info(): Fields {
    const { client_info: info } = this.#fields;
    if (info === undefined || info === null || (Array.isArray(info) && info.length === 0)) return {};
    const isKept =
      typeof info === 'object' &&
      !Array.isArray(info) &&
      unstorable(info) === undefined &&
      Buffer.byteLength(JSON.stringify(info)) <= largestInfo;
    if (!isKept) this.#faults.client_info = notObject;
    return info as Fields; // Refused below where it is none.
  }

  /** @throws {AppError} validation_failed, with every fault found so far */
  done(): void {
    const faults = Object.entries(this.#faults);
    if (faults.length === 0) return;
    throw new AppError('validation_failed', {
      fields: Object.fromEntries(faults.map(([name, fault]) => [name, [fault]])),
    });
  }

  #text(name: string, most: number): string {
    const value = this.#fields[name];
    const text = typeof value === 'string' ? value.trim() : '';
    if (value != null && typeof value !== 'string') this.#faults[name] = notText;
    else if (text === '') this.#faults[name] = needed;
    else if (text.length > most || unstorable(text) !== undefined) this.#faults[name] = tooLong;
    return text;
  }
}
