// Semantic versions 2.0.0, as far as they are compared here.

export interface Version {
  readonly text: string;
  readonly core: readonly [number, number, number];
  readonly pre: readonly (string | number)[];
}

const part = '(0|[1-9]\\d{0,8})';
const identifier = '(?:0|[1-9]\\d{0,8}|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const form = new RegExp(
  `^v?${part}\\.${part}\\.${part}(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z.-]{1,64})?$`,
);

/** Reads a version; a `v` before it and build metadata behind it are passed over. Undefined where it is none. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > 100) return undefined;
  const [found, major, minor, patch, pre] = form.exec(text) ?? [];
  if (found === undefined) return undefined;
  const core = [Number(major), Number(minor), Number(patch)] as const;
  const parts = pre === undefined ? [] : pre.split('.');
  const shown = `${core.join('.')}${pre === undefined ? '' : `-${pre}`}`;
  return { text: shown, core, pre: parts.map((each) => (/^\d+$/.test(each) ? Number(each) : each)) };
}

/** Below zero where `one` comes before `other` (semver 2.0.0, §11). */
export function compareVersions(one: Version, other: Version): number {
  for (const [index, number] of one.core.entries()) {
    const difference = number - (other.core[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.pre.length === 0 || other.pre.length === 0) return other.pre.length - one.pre.length;
  for (const [index, left] of one.pre.entries()) {
    const right = other.pre[index];
    if (right === undefined) return 1;
    const difference = compareParts(left, right);
    if (difference !== 0) return difference;
  }
  return one.pre.length - other.pre.length;
}

/** Numbers come before words, and are compared as numbers. */
function compareParts(left: string | number, right: string | number): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'number') return -1;
  if (typeof right === 'number') return 1;
  return left === right ? 0 : left < right ? -1 : 1;
}
