import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import semver from 'semver';
import { compareVersions, longestVersion, parseVersion, sortKeyOf } from '#release-metadata';

// semver.org's own lists (the expression's tests).
const valid =
  '0.0.4 1.2.3 10.20.30 1.1.2-prerelease+meta 1.1.2+meta 1.1.2+meta-valid 1.0.0-alpha 1.0.0-beta 1.0.0-alpha.beta 1.0.0-alpha.beta.1 1.0.0-alpha.1 1.0.0-alpha0.valid 1.0.0-alpha.0valid 1.0.0-rc.1+build.1 2.0.0-rc.1+build.123 1.2.3-beta 10.2.3-DEV-SNAPSHOT 1.2.3-SNAPSHOT-123 1.0.0 2.0.0 1.1.7 2.0.0+build.1848 2.0.1-alpha.1227 1.0.0-alpha+beta 1.2.3----RC-SNAPSHOT.12.9.1--.12+788 1.2.3----R-S.12.9.1--.12+meta 1.2.3----RC-SNAPSHOT.12.9.1--.12 1.0.0+0.build.1-rc.10000aaa-kk-0.1 1.0.0-0A.is.legal'.split(
    ' ',
  );
const invalid =
  '1 1.2 1.2.3-0123 1.2.3-0123.0123 1.1.2+.123 +invalid -invalid -invalid+invalid -invalid.01 alpha alpha.beta alpha.beta.1 alpha.1 alpha+beta alpha_beta alpha. alpha.. beta 1.0.0-alpha_beta -alpha. 1.0.0-alpha.. 1.0.0-alpha..1 01.1.1 1.01.1 1.1.01 1.2.3.DEV 1.2-SNAPSHOT 1.2-RC-SNAPSHOT -1.0.3-gamma+b7718 +justmeta 9.8.7+meta+meta 9.8.7-whatever+meta+meta v1.2.3 =1.2.3 1.2.3- 1.2.3+'.split(
    ' ',
  );

test('what semver.org calls a version is one, and nothing else', () => {
  for (const text of valid) assert.ok(parseVersion(text), text);
  for (const text of [...invalid, '', ' 1.2.3', '1.2.3 ', '1.2.3\n', '１.2.3', `1.2.3-${'a'.repeat(100)}`])
    assert.equal(parseVersion(text), undefined, text);
});

test('the order of semver.org', () => {
  const order =
    '1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0'.split(
      ' ',
    );
  for (const [at, version] of order.entries())
    for (const later of order.slice(at + 1))
      assert.ok(compareVersions(version, later) < 0, `${version} < ${later}`);
  assert.equal(compareVersions('1.0.0+a', '1.0.0+b'), 0);
});

const numeric = fc.oneof(fc.nat(20).map(String), fc.nat().map(String));
const word = fc.stringMatching(/^[0-9A-Za-z-]{1,4}$/).filter((text) => !/^\d+$/.test(text));
const version = fc
  .tuple(numeric, numeric, numeric, fc.array(fc.oneof(numeric, word), { maxLength: 4 }))
  .map(
    ([major, minor, patch, rest]) =>
      `${major}.${minor}.${patch}${rest.length === 0 ? '' : `-${rest.join('.')}`}`,
  )
  .filter((text) => text.length <= longestVersion);

test('sort keys, compared byte by byte, are in the order of versions', () => {
  fc.assert(
    fc.property(version, version, (left, right) => {
      const bytes = Buffer.compare(Buffer.from(sortKeyOf(left)), Buffer.from(sortKeyOf(right)));
      assert.equal(bytes, semver.compare(left, right), `${left} and ${right}`);
    }),
    { numRuns: 5000 },
  );
});

test('any text is a version just where semver takes it strictly', () => {
  fc.assert(
    fc.property(fc.oneof(version, fc.stringMatching(/^[0-9a.+v-]{0,14}$/)), (text) => {
      // semver alone takes "v1.2.3" and numbers only up to what JavaScript counts exactly.
      const taken = semver.valid(text) !== null && !/^[v=\s]/.test(text);
      assert.equal(parseVersion(text) !== undefined, taken, text);
    }),
    { numRuns: 3000 },
  );
});
