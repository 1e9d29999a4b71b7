import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { filesIn, filesOf, paxRecord, scratch, tarOf, zipFile } from './archives.ts';

const refused = (entry: RegExp) => ({ name: 'ReleaseFault', message: entry });

test('links, devices and pipes are refused, wherever they lead', async () => {
  for (const [type, link] of [
    ['1', 'other'],
    ['2', 'other'],
    ['2', '../../etc/passwd'],
    ['2', '/etc/passwd'],
    ['3', ''],
    ['4', ''],
    ['6', ''],
  ] as const)
    await assert.rejects(
      filesIn(
        tarOf([
          { name: 'other', data: 'x' },
          { name: 'bad', type, link },
        ]),
      ),
      refused(/^bad: /),
    );
  await assert.rejects(
    filesIn(zipFile([{ name: 'bad', data: '/etc/passwd', mode: 0o120777 }])),
    refused(/^bad: .*link/),
  );
  // A program on Windows would say so in vain: others make the link all the same.
  await assert.rejects(
    filesIn(zipFile([{ name: 'bad', data: 'x', mode: 0o120777, madeBy: 0 }])),
    refused(/^bad: .*link/),
  );
  await assert.rejects(filesIn(zipFile([{ name: 'bad', mode: 0o020666 }])), refused(/^bad: /));
});

test('a folder with a link, a socket or a pipe in it is refused', async () => {
  await using folder = await scratch();
  await writeFile(join(folder.path, 'real'), 'x');
  await symlink('real', join(folder.path, 'to-inside'));
  await assert.rejects(filesOf(folder.path), refused(/^to-inside: .*link/));
  await using other = await scratch();
  await mkdir(join(other.path, 'run'));
  const server = createServer().listen(join(other.path, 'run/sock'));
  await new Promise((done) => server.once('listening', done));
  await assert.rejects(filesOf(other.path), refused(/^run\/sock: /));
  server.close();
  await using pipes = await scratch();
  execFileSync('python3', ['-c', 'import os,sys; os.mkfifo(sys.argv[1])', join(pipes.path, 'pipe')]);
  await assert.rejects(filesOf(pipes.path), refused(/^pipe: /));
});

test('kinds of entries that tar programs made for themselves are refused, not taken for files', async () => {
  for (const type of ['S', 'V', 'M', 'D', 'N', 'Z', '8'])
    await assert.rejects(filesIn(tarOf([{ name: 'odd', type, data: 'x' }])), refused(/^odd: /));
  const sparse = { name: 'pax', type: 'x', data: paxRecord('GNU.sparse.major', '1') };
  await assert.rejects(filesIn(tarOf([sparse, { name: 'odd', data: 'x' }])), { name: 'ReleaseFault' });
});

test('a tar archive cut anywhere is refused, also between two entries', async () => {
  const whole = tarOf([
    { name: 'a', data: 'x'.repeat(700) },
    { name: 'b', data: 'y' },
  ]);
  for (let end = 512; end < whole.length; end += 256)
    await assert.rejects(filesIn(whole.subarray(0, end)), { name: 'ReleaseFault' }, `cut at ${end}`);
  for (const packed of [gzipSync(whole), zstdCompressSync(whole)])
    for (const end of [packed.length - 1, packed.length - 6, 40])
      await assert.rejects(
        filesIn(packed.subarray(0, end)),
        { name: 'ReleaseFault' },
        `packed, cut at ${end}`,
      );
});

test('a ZIP archive cut anywhere is refused', async () => {
  const whole = zipFile([
    { name: 'a', data: 'x'.repeat(700) },
    { name: 'b', data: 'y' },
  ]);
  for (let end = 4; end < whole.length; end += 3)
    await assert.rejects(filesIn(whole.subarray(0, end)), { name: 'ReleaseFault' }, `cut at ${end}`);
});

test('a tar archive with something after its end, or with a wrong sum, length or record, is refused', async () => {
  const whole = tarOf([{ name: 'a', data: 'x' }]);
  await assert.rejects(filesIn(Buffer.concat([whole, tarOf([{ name: 'b', data: 'y' }])])), {
    name: 'ReleaseFault',
  });
  const flipped = Buffer.from(whole);
  flipped[3] = 0x41;
  await assert.rejects(filesIn(flipped), { name: 'ReleaseFault' });
  await assert.rejects(filesIn(tarOf([{ name: 'a', size: 8 ** 11 - 1 }])), { name: 'ReleaseFault' });
  await assert.rejects(filesIn(tarOf([{ name: 'p', type: 'x', size: 1024 ** 3 }, { name: 'a' }])), {
    name: 'ReleaseFault',
  });
  for (const data of [
    '99 path=a\n',
    'path=a\n',
    '0 path=a\n',
    '-1 path=a\n',
    '9 path=a',
    paxRecord('size', '-5'),
  ])
    await assert.rejects(filesIn(tarOf([{ name: 'p', type: 'x', data }, { name: 'a' }])), {
      name: 'ReleaseFault',
    });
  await assert.rejects(filesIn(tarOf([{ name: 'old', magic: '' }, { name: 'b' }])), { name: 'ReleaseFault' });
});

test('a ZIP archive whose parts contradict each other is refused', async () => {
  const file = { name: 'a', data: 'x'.repeat(500) };
  for (const entries of [
    [{ ...file, crc: 1 }],
    [{ ...file, size: 499 }],
    [{ ...file, size: 5000 }],
    [{ ...file, method: 0, size: 400 }],
    [{ ...file, method: 12 }],
    [{ ...file, flags: 0x801 }],
    [{ ...file, at: 3 }],
    [file, { ...file, name: 'b', at: 0 }],
    [{ name: Buffer.from([0x61, 0xff]), data: 'x' }],
    [{ name: Buffer.from([0x61, 0xff]), data: 'x', flags: 0 }],
    [{ name: 'folder/', data: 'x' }],
  ])
    await assert.rejects(filesIn(zipFile(entries)), { name: 'ReleaseFault' }, JSON.stringify(entries));
  await assert.rejects(filesIn(zipFile([file, { ...file, name: 'hidden' }], 1)), { name: 'ReleaseFault' });
});

test('bombs are refused long before they are unpacked', async () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const started = performance.now();
  await assert.rejects(
    filesIn(gzipSync(tarOf([{ name: 'bomb', data: zeros }]))),
    refused(/^bomb: .*200 times/),
  );
  await assert.rejects(
    filesIn(zstdCompressSync(tarOf([{ name: 'bomb', data: zeros }]))),
    refused(/^bomb: .*200 times/),
  );
  await assert.rejects(filesIn(zipFile([{ name: 'bomb', data: zeros }])), refused(/^bomb: .*200 times/));
  assert.ok(performance.now() - started < 10_000);
  // All share one kernel, as in the bombs that unpack to terabytes.
  const kernel = { name: 'k', data: zeros.subarray(0, 100_000) };
  const shared = Array.from({ length: 50 }, (_, at) => ({ ...kernel, name: `k${at}`, at: 0 }));
  await assert.rejects(filesIn(zipFile([kernel, ...shared])), refused(/shares its bytes/));
});

test('what is no archive, or holds nothing, is refused in a sentence', async () => {
  for (const bytes of [Buffer.from('#!/bin/sh'), Buffer.alloc(0), Buffer.alloc(5000)])
    await assert.rejects(filesIn(bytes), refused(/no archive/));
  await assert.rejects(filesIn(tarOf([{ name: 'folder/', type: '5' }])), refused(/no file in it/));
  await assert.rejects(filesIn(zipFile([])), refused(/no file in it/));
});

test('what tar, Python and npm make is read, names, contents and modes alike', async () => {
  await using folder = await scratch();
  const root = join(folder.path, 'tree');
  const long = `${'a-rather-long-folder-name/'.repeat(6)}f.txt`;
  for (const path of ['app/index.js', 'bin/run.sh', 'empty', 'ünï/cödé', long]) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), path === 'empty' ? '' : `${path}\n`.repeat(300));
  }
  await chmod(join(root, 'bin/run.sh'), 0o755);
  await mkdir(join(root, 'nothing-in-it'));
  const sorted = (files: Awaited<ReturnType<typeof filesOf>>) =>
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const expected = sorted(await filesOf(root));
  assert.deepEqual(expected.map(({ path, executable }) => [path, executable]).sort(), [
    [long, false],
    ['app/index.js', false],
    ['bin/run.sh', true],
    ['empty', false],
    ['ünï/cödé', false],
  ]);
  const at = (name: string) => join(folder.path, name);
  for (const format of ['gnu', 'pax', 'ustar'])
    execFileSync('tar', ['-C', root, `--format=${format}`, '-cf', at(`${format}.tar`), '.']);
  execFileSync('tar', [
    '-C',
    root,
    '-czf',
    at('a.tar.gz'),
    ...['app', 'bin', 'empty', 'ünï', 'a-rather-long-folder-name'],
  ]);
  execFileSync('python3', [
    '-c',
    'import shutil,sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[2])',
    at('python'),
    root,
  ]);
  for (const name of ['gnu.tar', 'pax.tar', 'ustar.tar', 'a.tar.gz', 'python.zip'])
    assert.deepEqual(sorted(await filesOf(at(name))), expected, name);
});
