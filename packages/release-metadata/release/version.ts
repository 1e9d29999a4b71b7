/** A semantic version 2.0.0 (semver.org). Numbers stay texts: they may be longer than a JavaScript number holds. */
export interface Version {
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  readonly prerelease: readonly string[];
  readonly build: readonly string[];
}

/** Longer ones are nobody's; with the limit a sort key stays short, and lengths of numbers have two digits. */
export const longestVersion = 64;

const number = '0|[1-9]\\d*';
const identifier = `(?:${number}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const form = new RegExp(
  `^(${number})\\.(${number})\\.(${number})(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);

/** Reads a version to the letter of the specification: no "v", no spaces, no leading zeros. Undefined where it is none. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > longestVersion) return undefined;
  const [, major, minor, patch, prerelease, build] = form.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return {
    major,
    minor,
    patch,
    prerelease: prerelease?.split('.') ?? [],
    build: build?.split('.') ?? [],
  };
}

/**
 * A text that sorts byte by byte as versions do by precedence (semver §11); versions that differ in build metadata alone have
 * the same. Numbers have their length before them; a release comes after its pre-releases ("~" after "-"); identifiers are parted
 * by "!", which comes before all they are made of, so that the shorter list comes first. @throws {RangeError} if it is no version
 */
export function sortKeyOf(text: string): string {
  const version = parseVersion(text);
  if (version === undefined) throw new RangeError('This is not a semantic version.');
  const core = [version.major, version.minor, version.patch].map(sized).join('.');
  if (version.prerelease.length === 0) return `${core}~`;
  const parts = version.prerelease.map((part) => (/^\d+$/.test(part) ? `0${sized(part)}` : `1${part}`));
  return `${core}-${parts.join('!')}`;
}

const sized = (digits: string) => `${String(digits.length).padStart(2, '0')}${digits}`;

/** Negative where `left` comes before `right`, zero where neither does. @throws {RangeError} if one is no version */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [sortKeyOf(left), sortKeyOf(right)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
