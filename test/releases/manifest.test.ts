import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, manifestBytes, parseManifest } from '#release-metadata';
import { treeOf } from './archives.ts';

const { manifest } = treeOf('1.0.0', { 'b.js': 'b', 'a.js': 'a', 'Z.js': 'z', 'run.sh': 's' });

test('a manifest is read back as it was written, its files in the order of their bytes', () => {
  assert.deepEqual(parseManifest(manifestBytes(manifest)), manifest);
  assert.deepEqual(
    manifest.files.map(({ path }) => path),
    ['Z.js', 'a.js', 'b.js', 'run.sh'],
  );
  // So that it never becomes another by accident.
  assert.equal(manifest.tree, '4d04b014bca6f05d12d53e31aafce7376bce7e6cae04e77c53497b7e200f35a4');
});

test('the tree is told by its files alone, whatever order they came in', () => {
  const other = treeOf('9.9.9', { 'run.sh': 's', 'Z.js': 'z', 'a.js': 'a', 'b.js': 'b' }).manifest;
  assert.equal(other.tree, manifest.tree);
  assert.notEqual(treeOf('1.0.0', { 'a.js': 'a' }).manifest.tree, manifest.tree);
});

test('a manifest that was changed, or leads out of its folder, is refused', () => {
  const [first, ...rest] = manifest.files;
  assert.ok(first);
  const bad: object[] = [
    { ...manifest, files: rest },
    { ...manifest, files: [...rest, first] },
    { ...manifest, files: [{ ...first, hash: 'a'.repeat(64) }, ...rest] },
    { ...manifest, files: [{ ...first, executable: true }, ...rest] },
    { ...manifest, files: [{ ...first, path: '../evil' }, ...rest] },
    { ...manifest, files: [first, first, ...rest] },
    { ...manifest, version: 'v1' },
    { ...manifest, more: 1 },
    { ...manifest, tree: undefined },
  ];
  for (const value of bad)
    assert.throws(() => parseManifest(Buffer.from(JSON.stringify(value))), { name: 'ReleaseFault' });
  for (const text of ['', '{}', 'null', '[', '\u0000'])
    assert.throws(() => parseManifest(Buffer.from(text)), { name: 'ReleaseFault' });
});

test('canonical JSON is one text for one value, and the value again', () => {
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      // JSON by construction.
      const text = canonicalJson(value as never);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(JSON.parse(text)), text);
    }),
  );
  assert.equal(
    canonicalJson({ b: [1, { d: 'é\n', c: null }], a: true }),
    '{"a":true,"b":[1,{"c":null,"d":"é\\n"}]}',
  );
  assert.throws(() => canonicalJson(0.5), RangeError);
});
