import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import {
  applyArchive,
  applyDelta,
  changedFiles,
  changesBetween,
  makeDelta,
  treeIn,
  zipOf,
} from '#release-metadata';
import { bytesOf, filesOf, scratch, treeOf } from './archives.ts';

type Made = ReturnType<typeof treeOf>;

async function writeTree({ contents }: Made, folder: string): Promise<void> {
  for (const [path, data] of contents) await writeInto(folder, path, data);
}

async function writeInto(folder: string, path: string, data: Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), data);
}

async function deltaOf(a: Made, b: Made): Promise<Buffer> {
  const delta = await makeDelta(a.manifest, b.manifest, { from: a.open, to: b.open });
  assert.ok(delta);
  return bytesOf(delta);
}

/** That the folder holds just the tree. */
async function assertHolds(folder: string, { contents }: Made, modes = true): Promise<void> {
  const found = await filesOf(folder);
  assert.deepEqual(found.map(({ path }) => path).sort(), [...contents.keys()].sort());
  for (const { path, executable } of found) {
    assert.deepEqual(await readFile(join(folder, path)), contents.get(path), path);
    if (modes) assert.equal(executable, path.endsWith('.sh'), path);
  }
}

const name = fc.constantFrom('a', 'b', 'run.sh', 'index-1f3a.js', 'c d', 'é');
// A folder is never where another tree has a file: spec 1's client could not copy it there.
const path = fc
  .tuple(fc.array(name, { maxLength: 2 }), name)
  .map(([folders, file]) => [...folders.map((folder) => `in ${folder}`), file].join('/'));
const content = fc.oneof(
  fc.constantFrom('', 'x', 'the same text in several places\n'.repeat(40)),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
);
const tree = fc.dictionary(path, content, { minKeys: 1, maxKeys: 8 });

test('any two trees: delta, changed-files ZIP and full ZIP make the new one of the old one, to the byte', async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (one, two) => {
      await using folder = await scratch();
      const [a, b] = [treeOf('1.0.0', one), treeOf('1.1.0', two)];
      const at = (part: string) => join(folder.path, part);
      await writeTree(a, at('old'));
      const old = treeIn(at('old'), a.manifest);
      await applyDelta(Readable.from([await deltaOf(a, b)]), old, b.manifest, at('by-delta'));
      await assertHolds(at('by-delta'), b);
      await writeFile(at('full.zip'), zipOf(b.manifest.files, b.open));
      await applyArchive(at('full.zip'), undefined, b.manifest, at('by-full'));
      await assertHolds(at('by-full'), b);
      const changed = changedFiles(a.manifest, b.manifest);
      if (changed.length === 0) return;
      await writeFile(at('changed.zip'), zipOf(changed, b.open));
      await applyArchive(at('changed.zip'), old, b.manifest, at('by-zip'));
      await assertHolds(at('by-zip'), b);
      // Spec 1 `extractAndApply`: every file of the ZIP is copied to its path; what is to be deleted stays.
      for (const [file, data] of Object.entries(unzipSync(await readFile(at('changed.zip')))))
        await writeInto(at('old'), file, data);
      for (const { action, path: gone } of changesBetween(a.manifest.files, b.manifest.files))
        if (action === 'delete') await rm(join(at('old'), gone));
      await assertHolds(at('old'), b, false);
    }),
    { numRuns: 60 },
  );
});

const base = {
  'app/index.js': 'console.log(1)\n'.repeat(300),
  'bin/run.sh': '#!/bin/sh\n',
  same: 'same',
  gone: 'gone',
};
const next = {
  'app/index.js': 'console.log(2)\n'.repeat(300),
  'bin/run.sh': '#!/bin/sh\n',
  same: 'same',
  new: 'new',
};

test('changes are told by action, in order, and a changed mode is a change', () => {
  const [a, b] = [treeOf('1.0.0', base), treeOf('1.1.0', next)];
  assert.deepEqual(changesBetween(a.manifest.files, b.manifest.files), [
    { action: 'update', path: 'app/index.js' },
    { action: 'delete', path: 'gone' },
    { action: 'create', path: 'new' },
  ]);
  const executable = b.manifest.files.map((file) => ({ ...file, executable: true }));
  assert.deepEqual(changesBetween(b.manifest.files, executable).length, 3);
});

test('the same trees give the same bytes, however they are read', async () => {
  const [a, b] = [treeOf('1.0.0', base), treeOf('1.1.0', next)];
  const crumbs = async (file: Parameters<Made['open']>[0]) => {
    const all = await bytesOf(await b.open(file));
    return Readable.from(Array.from(all, (byte) => Buffer.from([byte])));
  };
  assert.deepEqual(
    await bytesOf(zipOf(b.manifest.files, b.open)),
    await bytesOf(zipOf([...b.manifest.files].reverse(), crumbs)),
  );
  assert.deepEqual(await deltaOf(a, b), await deltaOf(a, b));
});

test('a ZIP or delta whose files cannot be read fails, and does not end as if it were whole', async () => {
  const [a, b] = [treeOf('1.0.0', base), treeOf('1.1.0', next)];
  const broken = async () =>
    Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('the disk is gone');
      })(),
    );
  await assert.rejects(bytesOf(zipOf(b.manifest.files, broken)), /the disk is gone/);
  await assert.rejects(
    bytesOf(zipOf(b.manifest.files, async () => Readable.from([Buffer.from('other')]))),
    Error,
  );
  await assert.rejects(makeDelta(a.manifest, b.manifest, { from: broken, to: b.open }), /the disk is gone/);
  const delta = await makeDelta(a.manifest, b.manifest, { from: a.open, to: broken });
  assert.ok(delta);
  await assert.rejects(bytesOf(delta), /the disk is gone/);
});

test('a delta for other trees, cut, changed anywhere or too long is refused, and leaves nothing', async () => {
  await using folder = await scratch();
  const [a, b, c] = [
    treeOf('1.0.0', base),
    treeOf('1.1.0', next),
    treeOf('1.2.0', { ...next, more: 'more' }),
  ];
  const at = (part: string) => join(folder.path, part);
  await writeTree(a, at('old'));
  const old = treeIn(at('old'), a.manifest);
  const delta = await deltaOf(a, b);
  const refuse = async (bytes: Buffer, what: string, to = b) => {
    await assert.rejects(
      applyDelta(Readable.from([bytes]), old, to.manifest, at('new')),
      { name: 'ReleaseFault' },
      what,
    );
    await assert.rejects(stat(at('new')), { code: 'ENOENT' });
  };
  await refuse(await deltaOf(b, c), 'from another');
  await refuse(delta, 'to another', c);
  await refuse(await deltaOf(a, c), 'of another');
  // Node ends with a second frame of nothing, of which the first bytes may be missing.
  for (let end = 0; end < delta.length - 13; end += 7) await refuse(delta.subarray(0, end), `cut at ${end}`);
  for (let end = delta.length - 13; end < delta.length; end += 1) await refuseOrSame(delta.subarray(0, end));
  for (let at = 0; at < delta.length; at += 3) {
    const changed = Buffer.from(delta);
    changed.writeUInt8((changed.readUInt8(at) + 1) % 256, at);
    await refuseOrSame(changed);
  }
  // A frame of its own that unpacks to more, under the right header.
  const header = delta.subarray(0, 12 + delta.readUInt32BE(8));
  await refuse(Buffer.concat([header, zstdCompressSync(Buffer.alloc(50_000_000))]), 'a bomb');
  await refuse(Buffer.concat([header, zstdCompressSync(Buffer.from('short'))]), 'too short');
  await applyDelta(Readable.from([delta]), old, b.manifest, at('new'));
  await assertHolds(at('new'), b);

  /** A changed byte that means nothing, as in the header's version, may do no harm. */
  async function refuseOrSame(bytes: Buffer): Promise<void> {
    try {
      await applyDelta(Readable.from([bytes]), old, b.manifest, at('new'));
    } catch (error) {
      assert.ok(error instanceof Error && error.name === 'ReleaseFault', String(error));
      await assert.rejects(stat(at('new')), { code: 'ENOENT' });
      return;
    }
    await assertHolds(at('new'), b);
    await rm(at('new'), { recursive: true });
  }
});

test('an installed file that was changed or is missing is named, and nothing is left', async () => {
  await using folder = await scratch();
  const [a, b] = [treeOf('1.0.0', base), treeOf('1.1.0', next)];
  const at = (part: string) => join(folder.path, part);
  const delta = await deltaOf(a, b);
  for (const file of ['app/index.js', 'same', 'gone']) {
    for (const data of ['changed by hand', undefined]) {
      await rm(at('old'), { recursive: true, force: true });
      await writeTree(a, at('old'));
      await (data === undefined ? rm(join(at('old'), file)) : writeFile(join(at('old'), file), data));
      const applied = applyDelta(
        Readable.from([delta]),
        treeIn(at('old'), a.manifest),
        b.manifest,
        at('new'),
      );
      await assert.rejects(applied, { name: 'ReleaseFault', entry: file, message: /whole release/ });
      await assert.rejects(stat(at('new')), { code: 'ENOENT' });
    }
  }
});

test('a ZIP that lacks a file, holds a foreign one, or another content is refused, and leaves nothing', async () => {
  await using folder = await scratch();
  const [a, b] = [treeOf('1.0.0', base), treeOf('1.1.0', next)];
  const at = (part: string) => join(folder.path, part);
  await writeTree(a, at('old'));
  const old = treeIn(at('old'), a.manifest);
  const changed = changedFiles(a.manifest, b.manifest);
  const other = treeOf('1.1.0', { 'app/index.js': 'evil', new: 'new' });
  const foreign = treeOf('1.1.0', { ...next, foreign: 'x' });
  for (const zip of [
    zipOf(changed.slice(1), b.open),
    zipOf(other.manifest.files, other.open),
    zipOf(foreign.manifest.files, foreign.open),
  ]) {
    await writeFile(at('patch.zip'), zip);
    await assert.rejects(applyArchive(at('patch.zip'), old, b.manifest, at('new')), { name: 'ReleaseFault' });
    await assert.rejects(stat(at('new')), { code: 'ENOENT' });
  }
});

test('what has the right length and no other fault, but is not what was released, is refused', async () => {
  await using folder = await scratch();
  const [a, b] = [treeOf('1.0.0', base), treeOf('1.1.0', next)];
  const forged = treeOf('1.1.0', { ...next, new: 'eve' });
  const at = (part: string) => join(folder.path, part);
  await writeTree(a, at('old'));
  const old = treeIn(at('old'), a.manifest);
  const gone = async () => assert.rejects(stat(at('new')), { code: 'ENOENT' });
  await writeFile(at('patch.zip'), zipOf(changedFiles(a.manifest, forged.manifest), forged.open));
  const byZip = applyArchive(at('patch.zip'), old, b.manifest, at('new'));
  await assert.rejects(byZip, { name: 'ReleaseFault', entry: 'new' });
  await gone();
  const [delta, evil] = [await deltaOf(a, b), await deltaOf(a, forged)];
  const headerEnd = (bytes: Buffer) => 12 + bytes.readUInt32BE(8);
  const swapped = Buffer.concat([delta.subarray(0, headerEnd(delta)), evil.subarray(headerEnd(evil))]);
  const byDelta = applyDelta(Readable.from([swapped]), old, b.manifest, at('new'));
  await assert.rejects(byDelta, { name: 'ReleaseFault', entry: 'new' });
  await gone();
  await writeFile(join(at('old'), 'same'), 'SAME');
  const byOld = applyDelta(Readable.from([delta]), old, b.manifest, at('new'));
  await assert.rejects(byOld, { name: 'ReleaseFault', entry: 'same' });
  await gone();
});

test('trees that differ by more than a delta can hold have none', async () => {
  const huge = treeOf('2.0.0', { big: 'x' });
  const files = huge.manifest.files.map((file) => ({ ...file, size: 129 * 1024 * 1024 }));
  const open = { from: huge.open, to: huge.open };
  assert.equal(await makeDelta(treeOf('1.0.0', base).manifest, { ...huge.manifest, files }, open), undefined);
});
