/** A word as somebody else wrote it, who may write anything; empty where it is none. */
export function wordIn(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether a browser can be sent there without running anything here. */
export function isAddress(url: string): boolean {
  return ['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '');
}

/** PostgreSQL takes neither NUL nor half of a pair. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

/** JSON of a value, as PostgreSQL takes it: what it cannot write is left out, in names too. */
export function storableJson(value: unknown): string {
  // Halves of pairs are always written as escapes, whole ones never are.
  return JSON.stringify(value).replaceAll(/(\\\\)|\\u(?:0000|d[89a-f][\da-f]{2})/g, '$1');
}
