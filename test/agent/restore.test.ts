import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { backupsOf } from '../../agent/backups/backups-of.ts';
import { stageRestore } from '../../agent/backups/stage-restore.ts';
import {
  act,
  backUp,
  digestOf,
  digestOfTree,
  installationOf,
  layouts,
  makeWorld,
  onward,
  type World,
  withAgent,
} from './update-world.ts';

async function worldOf(t: TestContext, layout: World['layout']) {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const world: World = { folder, layout, database: 'sqlite' };
  await makeWorld(world);
  const tree = join(folder, layout === 'releases' ? 'app/releases/1.0.0' : 'app');
  return { world, folder, tree };
}

for (const layout of layouts)
  test(`a restore makes folders what they were, in the layout ${layout}: their modes, those that are empty, and those that were files`, async (t) => {
    const { world, tree } = await worldOf(t, layout);
    for (const name of ['kosong/di dalam', 'tertutup', 'folder', 'jadi tautan'])
      mkdirSync(join(tree, name), { recursive: true });
    writeFileSync(join(tree, 'folder/isi'), 'isi');
    writeFileSync(join(tree, 'tertutup/isi'), 'isi');
    writeFileSync(join(tree, 'berkas'), 'berkas');
    chmodSync(join(tree, 'tertutup'), 0o500);
    chmodSync(join(tree, 'kosong'), 0o2775);
    await backUp(world);
    const old = await digestOf(world);
    rmSync(join(tree, 'kosong'), { recursive: true });
    rmSync(join(tree, 'tertutup'), { recursive: true });
    rmSync(join(tree, 'folder'), { recursive: true });
    rmSync(join(tree, 'jadi tautan'), { recursive: true });
    writeFileSync(join(tree, 'folder'), 'kini berkas');
    symlinkSync('folder', join(tree, 'jadi tautan'));
    unlinkSync(join(tree, 'berkas'));
    mkdirSync(join(tree, 'berkas/kini/folder'), { recursive: true });
    writeFileSync(join(tree, 'berkas/kini/isi'), 'isi');
    mkdirSync(join(tree, 'asing/kosong'), { recursive: true });
    chmodSync(join(tree, 'config'), 0o700);
    const spoilt = await digestOf(world);
    // One that fails at its end leaves all of that.
    await act(world, 'restore', 'false');
    assert.equal(await digestOf(world), spoilt);
    await act(world, 'restore');
    assert.equal(await digestOf(world), old);
  });

test('a release that was tidied away is there again after a restore, in use, and the others are left alone', async (t) => {
  const { world, folder } = await worldOf(t, 'releases');
  await backUp(world);
  const old = digestOfTree(folder, 'app/releases/1.1.0');
  await act(world, 'update');
  rmSync(join(folder, 'app/releases/1.0.0'), { recursive: true });
  writeFileSync(join(folder, 'app/releases/1.1.0/catatan'), 'milik orang');
  const other = () => digestOfTree(folder, '', 'app/releases/1.1.0');
  const before = other();
  await act(world, 'restore');
  assert.equal(digestOfTree(folder, 'app/releases/1.1.0'), old);
  assert.equal(readlinkSync(join(folder, 'app/current')), 'releases/1.0.0');
  assert.equal(other(), before);
  assert.equal((await onward(world)).is, 'done');
  assert.equal(readlinkSync(join(folder, 'app/current')), 'releases/1.2.0');
});

test('files of a backup of the other layout are refused, and nothing is touched', async (t) => {
  const { world, folder } = await worldOf(t, 'releases');
  await backUp(world);
  const old = await digestOf(world);
  const other = { ...world, layout: 'in-place' } as const;
  await withAgent(installationOf(other), async (agent) => {
    const at = { stage: join(agent.installation.folder, 'restore'), previous: '1.0.0', skipsCopies: false };
    const staging = (scope: 'full' | 'database') =>
      stageRestore(backupsOf(agent), 1, scope, at, new AbortController().signal);
    await assert.rejects(staging('full'), { code: 'backup_other_layout', message: /in-place or releases/ });
    assert.deepEqual((await staging('database')).databases, ['app']);
  });
  assert.equal(await digestOf(world), old);
  await act(world, 'restore');
  assert.equal(digestOfTree(folder), old.split(' ')[0]);
});
