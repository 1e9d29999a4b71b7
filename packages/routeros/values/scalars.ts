import { RouterValueError } from './value-error.ts';

/** `true`, `yes`, `false` or `no`. */
export function parseFlag(text: string): boolean {
  if (text === 'true' || text === 'yes') return true;
  if (text === 'false' || text === 'no') return false;
  throw new RouterValueError('flag', 'is neither yes nor no');
}

export function formatFlag(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** A whole number that a JavaScript number holds exactly. */
export function parseWhole(text: string): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new RouterValueError('whole', 'is not a whole number');
  return value;
}

/** A counter of 64 bits: bytes and packets of a fast interface outgrow JavaScript's numbers within days. */
export function parseCounter(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw new RouterValueError('counter', 'is not a counter');
  return BigInt(text);
}

/** Both sides of `upload/download`. A single one stands for both. */
export function parsePair<Value>(text: string, parse: (side: string) => Value): Pair<Value> {
  const [upload = '', download = upload, ...more] = text.split('/');
  if (more.length > 0) throw new RouterValueError('pair', 'has more than two sides');
  return { upload: parse(upload), download: parse(download) };
}

export function formatPair<Value>(
  { upload, download }: Pair<Value>,
  format: (side: Value) => string,
): string {
  return `${format(upload)}/${format(download)}`;
}

/** Named for the customer. The router says rx and tx, and means its own. */
export interface Pair<Value> {
  readonly upload: Value;
  readonly download: Value;
}
