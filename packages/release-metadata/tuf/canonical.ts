import { canonicalize } from '@tufjs/canonical-json';

/** Deeper than anything of ours is nested. */
const mostDeep = 32;

/**
 * The bytes that are signed: OLPC canonical JSON, as TUF has it. It is no JSON where a text holds control characters, so it is
 * for signing alone; what is sent and kept is ordinary JSON.
 * @throws {TypeError} for what two readers could take differently: fractions, numbers above 2^53, lone surrogates, what is no JSON.
 */
export function canonicalBytes(value: unknown): Buffer {
  refuseAmbiguous(value, 0);
  return Buffer.from(canonicalize(value), 'utf8');
}

function refuseAmbiguous(value: unknown, depth: number): void {
  if (depth > mostDeep) throw new TypeError('This is nested too deeply to be signed.');
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('Only whole numbers up to 2^53 can be signed.');
  } else if (typeof value === 'string') {
    refuseTornText(value);
  } else if (Array.isArray(value)) {
    for (const item of value) refuseAmbiguous(item, depth + 1);
  } else if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      refuseTornText(key);
      refuseAmbiguous(item, depth + 1);
    }
  } else {
    throw new TypeError('Only JSON can be signed.');
  }
}

/** Half of a character becomes U+FFFD in UTF-8, and so would any other half. */
function refuseTornText(text: string): void {
  if (!text.isWellFormed()) throw new TypeError('Only whole characters can be signed.');
}
