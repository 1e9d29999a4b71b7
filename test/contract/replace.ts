import type { BadValue } from './corruptions.ts';

/** What stands at the path, if anything. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The body as JSON text with another value at the path. */
export function replaced(body: unknown, path: readonly (string | number)[], bad: BadValue): string {
  const [key, ...rest] = path;
  if (key === undefined)
    return 'raw' in bad ? bad.raw : JSON.stringify('value' in bad ? bad.value : undefined);
  if (Array.isArray(body)) {
    return `[${body.map((item, index) => (index === key ? replaced(item, rest, bad) : JSON.stringify(item))).join()}]`;
  }
  const members = new Map(
    Object.entries((body ?? {}) as object).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  if (rest.length === 0 && 'missing' in bad) members.delete(String(key));
  else members.set(String(key), replaced(valueAt(body, [key]), rest, bad));
  return `{${[...members].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;
}
