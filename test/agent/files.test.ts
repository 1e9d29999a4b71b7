import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FileChange } from '../../agent/layouts/before.ts';
import { replaceFiles } from '../../agent/layouts/in-place.ts';

/** A tree with what a list of changes needs staged beside it. */
function worldOf(t: TestContext, files: Record<string, string>, changes: readonly FileChange[]) {
  const base = mkdtempSync(join(tmpdir(), 'nadi-files-'));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const [root, news, folder] = [join(base, 'app'), join(base, 'news'), join(base, 'work')];
  for (const each of [root, news, folder]) mkdirSync(each);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const [n, { action }] of changes.entries())
    if (action !== 'delete') writeFileSync(join(news, String(n)), `baru ${n}`);
  const step = replaceFiles({ root, news, folder, changes, excluded: ['storage'] });
  const run = async () => step.run?.(new AbortController().signal);
  const undo = async () => step.undo?.();
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  return { base, root, run, undo, read };
}

const code = (wanted: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === wanted;

test('what somebody changes while files are replaced is theirs: the update stops, and undoing keeps it', async (t) => {
  const names = Array.from({ length: 40 }, (_, n) => `${n}.php`);
  const { root, run, undo, read } = worldOf(
    t,
    Object.fromEntries(names.map((name) => [name, 'lama'])),
    names.map((path) => ({ action: 'update', path })),
  );
  const running = run();
  // It breathes while it puts aside: the thirty-second is done, nothing is replaced yet.
  writeFileSync(join(root, '5.php'), 'dari admin');
  await assert.rejects(running, code('changed_meanwhile'));
  await undo();
  assert.equal(read('5.php'), 'dari admin');
  for (const name of names) if (name !== '5.php') assert.equal(read(name), 'lama');
});

test('a file that appears where a new one shall be is left to whoever made it', async (t) => {
  const names = Array.from({ length: 40 }, (_, n) => `${n}.php`);
  const { root, run, undo, read } = worldOf(
    t,
    {},
    names.map((path) => ({ action: 'create', path })),
  );
  const running = run();
  writeFileSync(join(root, '7.php'), 'dari admin');
  await assert.rejects(running, code('changed_meanwhile'));
  await undo();
  assert.deepEqual(readdirSync(root), ['7.php']);
  assert.equal(read('7.php'), 'dari admin');
});

test('undoing gives back the very files: hard links, modes, owners, times, and what was written to them meanwhile', async (t) => {
  const { root, run, undo, read } = worldOf(t, { 'a.php': 'lama', 'b.php': 'lama' }, [
    { action: 'update', path: 'a.php' },
    { action: 'delete', path: 'b.php' },
  ]);
  linkSync(join(root, 'a.php'), join(root, 'twin.php'));
  chmodSync(join(root, 'a.php'), 0o4750);
  if (process.getuid?.() === 0) chownSync(join(root, 'b.php'), 1234, 1234);
  const before = ['a.php', 'b.php'].map((name) => lstatSync(join(root, name)));
  await run();
  assert.equal(read('a.php'), 'baru 0');
  assert.equal(lstatSync(join(root, 'a.php')).mode & 0o7777, 0o4750);
  assert.equal(read('twin.php'), 'lama');
  // A process that had it open before.
  writeFileSync(join(root, 'twin.php'), 'lama, lalu ditulis');
  await undo();
  await undo();
  assert.equal(read('a.php'), 'lama, lalu ditulis');
  const after = ['a.php', 'b.php'].map((name) => lstatSync(join(root, name)));
  for (const [n, { ino, mode, uid, nlink }] of after.entries())
    assert.deepEqual(
      [ino, mode, uid, nlink],
      [before[n]?.ino, before[n]?.mode, before[n]?.uid, before[n]?.nlink],
    );
});

test('new folders belong to whom the tree belongs to', async (t) => {
  const { root, run } = worldOf(t, {}, [{ action: 'create', path: 'app/Services/New.php' }]);
  if (process.getuid?.() === 0) chownSync(root, 1234, 1235);
  chmodSync(root, 0o750);
  await run();
  const looks = ['app', 'app/Services', 'app/Services/New.php'].map((path) => {
    const { uid, gid, mode } = lstatSync(join(root, path));
    return [uid, gid, mode & 0o777];
  });
  const { uid, gid } = lstatSync(root);
  assert.deepEqual(looks, [
    [uid, gid, 0o750],
    [uid, gid, 0o750],
    [uid, gid, 0o644],
  ]);
});

test('a file becomes a folder where the release says so, and a file again', async (t) => {
  const { root, run, undo, read } = worldOf(t, { 'config/queue': 'berkas' }, [
    { action: 'delete', path: 'config/queue' },
    { action: 'create', path: 'config/queue/redis.php' },
  ]);
  await run();
  assert.equal(read('config/queue/redis.php'), 'baru 1');
  await undo();
  await undo();
  assert.equal(read('config/queue'), 'berkas');
  assert.deepEqual(readdirSync(join(root, 'config')), ['queue']);
});

test('a folder becomes a file where all in it is deleted, and the folder again', async (t) => {
  const { root, run, undo, read } = worldOf(t, { 'a/b/c.php': 'lama', 'a/d.php': 'lama' }, [
    { action: 'create', path: 'a' },
    { action: 'delete', path: 'a/b/c.php' },
    { action: 'delete', path: 'a/d.php' },
  ]);
  chmodSync(join(root, 'a/b'), 0o711);
  await run();
  assert.equal(read('a'), 'baru 0');
  await undo();
  await undo();
  assert.deepEqual([read('a/b/c.php'), read('a/d.php')], ['lama', 'lama']);
  assert.equal(lstatSync(join(root, 'a/b')).mode & 0o777, 0o711);
});

for (const [what, wanted, path, make] of [
  [
    'a folder where a file shall be',
    'folder_there',
    'a',
    (root: string) =>
      mkdirSync(join(root, 'a/milik admin'), { recursive: true }) &&
      writeFileSync(join(root, 'a/milik admin/1'), ''),
  ],
  [
    'a file where a folder shall be',
    'file_there',
    'a/b/c',
    (root: string) => writeFileSync(join(root, 'a'), ''),
  ],
  [
    'a link to nothing where a folder shall be',
    'link_broken',
    'a/b',
    (root: string) => symlinkSync('none', join(root, 'a')),
  ],
  [
    'a folder that leads out of the tree',
    'leads_out',
    'a/b',
    (root: string) => symlinkSync('../news', join(root, 'a')),
  ],
  [
    'a folder that leads into what is excluded',
    'leads_into_excluded',
    'public/storage/b',
    (root: string) => {
      mkdirSync(join(root, 'storage/public'), { recursive: true });
      mkdirSync(join(root, 'public'));
      symlinkSync('../storage/public', join(root, 'public/storage'));
    },
  ],
] as const)
  test(`${what} is refused by name, and nothing is touched`, async (t) => {
    const { root, run, undo } = worldOf(t, { 'z.php': 'lama' }, [
      { action: 'update', path: 'z.php' },
      { action: 'create', path },
    ]);
    make(root);
    const names = readdirSync(root, { recursive: true }).sort();
    await assert.rejects(run(), code(wanted));
    await undo();
    assert.deepEqual(readdirSync(root, { recursive: true }).sort(), names);
    assert.equal(readFileSync(join(root, 'z.php'), 'utf8'), 'lama');
  });

test('a read-only folder in the middle leaves everything as it was', async (t) => {
  const { base, root, run, undo, read } = worldOf(t, { 'a/1.php': 'lama', 'b/2.php': 'lama' }, [
    { action: 'update', path: 'a/1.php' },
    { action: 'update', path: 'b/2.php' },
  ]);
  const isRoot = process.getuid?.() === 0;
  for (const each of isRoot
    ? [base, ...readdirSync(base, { recursive: true }).map((name) => join(base, String(name)))]
    : [])
    chownSync(each, 65_534, 65_534);
  chmodSync(join(root, 'b'), 0o555);
  if (isRoot) process.seteuid?.(65_534);
  try {
    await assert.rejects(run(), code('EACCES'));
    await undo();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  chmodSync(join(root, 'b'), 0o755);
  assert.deepEqual([read('a/1.php'), read('b/2.php')], ['lama', 'lama']);
});

test('a stage on another file system is found out at the first file, and nothing is touched', async (t) => {
  const changes = [
    { action: 'update', path: 'a.php' },
    { action: 'delete', path: 'b.php' },
  ] as const;
  const { base, root, read } = worldOf(t, { 'a.php': 'lama', 'b.php': 'lama' }, changes);
  const other = ['/dev/shm', '/run', homedir()].find(
    (folder) => existsSync(folder) && statSync(folder).dev !== statSync(base).dev,
  );
  // A machine with one file system has no such fault.
  const stage = mkdtempSync(join(other ?? base, 'nadi-stage-'));
  t.after(() => rmSync(stage, { recursive: true, force: true }));
  mkdirSync(join(stage, 'news'));
  mkdirSync(join(stage, 'work'));
  writeFileSync(join(stage, 'news/0'), 'baru');
  const step = replaceFiles({
    root,
    news: join(stage, 'news'),
    folder: join(stage, 'work'),
    changes,
    excluded: [],
  });
  const running = Promise.resolve(step.run?.(new AbortController().signal));
  if (other !== undefined) await assert.rejects(running, code('other_file_system'));
  else await running;
  await step.undo?.();
  assert.deepEqual([read('a.php'), read('b.php')], ['lama', 'lama']);
});
