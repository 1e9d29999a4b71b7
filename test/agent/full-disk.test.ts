import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lchownSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AgentError } from '../../agent/errors.ts';
import { ofTheMachine } from '../../agent/machine-faults.ts';
import {
  act,
  backUp,
  digestOf,
  installationOf,
  layouts,
  makeWorld,
  onward,
  recoverOnly,
  update,
  type World,
  withAgent,
} from './update-world.ts';

const nobody = 65_534;

// A file system of its own that really is full, or may really not be written to: not only in the calls of our own, but in SQLite’s, too.

const mount = (...args: readonly string[]) => spawnSync('/bin/mount', args, { encoding: 'utf8' });

/** Why there can be none here. */
function noMount(): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-mount-'));
  const { status, stderr } = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
  if (status === 0) spawnSync('/bin/umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return status === 0 ? false : `no file system can be mounted here: ${stderr ?? 'there is no mount'}`.trim();
}
const skip = noMount();

interface Disk extends Disposable {
  readonly folder: string;
  /** Leaves so many kilobytes free. */
  fill(kilobytes: number): void;
  empty(): void;
  remount(how: 'ro' | 'rw'): void;
  free(): number;
}

function newDisk(): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-disk-'));
  assert.equal(mount('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder).status, 0);
  const ballast = join(folder, 'ballast');
  const free = () => {
    const { bavail, bsize } = statfsSync(folder);
    return (bavail * bsize) / 1024;
  };
  const empty = () => rmSync(ballast, { force: true });
  return {
    folder,
    free,
    empty,
    fill(kilobytes) {
      empty();
      writeFileSync(ballast, Buffer.alloc(Math.max(0, free() - kilobytes) * 1024));
    },
    remount: (how) => assert.equal(mount('-o', `remount,${how}`, folder).status, 0),
    [Symbol.dispose]() {
      spawnSync('/bin/umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a person is told of it; undefined where it went well. */
async function toldOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const told = error instanceof AgentError ? error : ofTheMachine(error);
    assert.ok(told, String(error));
    return told.message;
  }
}

for (const layout of layouts)
  for (const scenario of ['migrate', 'restore'] as const)
    test(`a disk that really is full, at any level, ends a ${scenario} in the layout ${layout} old or new, and with room the next one succeeds`, {
      skip,
    }, async (t) => {
      using disk = newDisk();
      const at = (name: string): World => ({ folder: join(disk.folder, name), layout, database: 'sqlite' });
      const fresh = at('fresh');
      await makeWorld(fresh);
      await backUp(fresh);
      if (scenario === 'restore') await act(fresh, 'migrate');
      const old = await digestOf(fresh);
      const clone = (name: string) => {
        cpSync(fresh.folder, at(name).folder, { recursive: true, verbatimSymlinks: true });
        return at(name);
      };
      const done = clone('done');
      await act(done, scenario);
      const updated = await digestOf(done);
      rmSync(done.folder, { recursive: true });
      const levels = process.env.NADI_TEST_FULL === undefined ? 8 : 150;
      const ends = { old: 0, new: 0 };
      let refused = 0;
      for (let n = 0; n < levels; n += 1) {
        const world = clone('world');
        const kilobytes = Math.round((600 * n * n) / (levels * levels) / 4) * 4;
        disk.fill(kilobytes);
        if ((await toldOf(() => act(world, scenario))) !== undefined) refused += 1;
        // On a full disk, too, it is tried; with room it needs no hand.
        await toldOf(() => recoverOnly(world));
        disk.empty();
        await recoverOnly(world);
        const end = await digestOf(world);
        assert.ok(
          end === old || end === updated,
          `${kilobytes} KB free: ${end}, neither ${old} nor ${updated}`,
        );
        ends[end === old ? 'old' : 'new'] += 1;
        await act(world, scenario, 'true');
        assert.equal(await digestOf(world), updated, `${kilobytes} KB free`);
        await onward(world);
        rmSync(world.folder, { recursive: true });
      }
      assert.ok(ends.old > 0 && ends.new > 0, JSON.stringify(ends));
      t.diagnostic(
        `${levels} levels: ${ends.old} ended old, ${ends.new} new; ${refused} could not even note it, and said so`,
      );
    });

test('a tree on a file system that may not be written to is left alone, and told', { skip }, async () => {
  using disk = newDisk();
  const world: World = { folder: disk.folder, layout: 'in-place', database: 'sqlite' };
  await makeWorld(world);
  await backUp(world);
  const old = await digestOf(world);
  disk.remount('ro');
  assert.match((await toldOf(() => act(world, 'migrate'))) ?? '', /read-?only/i);
  disk.remount('rw');
  assert.equal(await digestOf(world), old);
  await act(world, 'migrate');
  assert.notEqual(await digestOf(world), old);
});

/** Does work as somebody whom permissions hold up. */
async function asNobody<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await work();
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const path of [folder, ...all.map((name) => join(folder, name))]) lchownSync(path, nobody, nobody);
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

for (const layout of layouts)
  test(`a read-only folder in the layout ${layout} is told by its name, everything is as it was, and the next attempt succeeds`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const world: World = { folder, layout, database: 'sqlite' };
    await makeWorld(world);
    const closed = join(folder, layout === 'releases' ? 'app/releases' : 'app/app/Models');
    await asNobody(folder, async () => {
      const [mode, old] = [statSync(closed).mode, await digestOf(world)];
      chmodSync(closed, 0o555);
      const outcome = await withAgent(installationOf(world), (agent) =>
        update(agent, join(folder, 'package'), { hasMigrations: true, isCompatible: false }),
      );
      const reason = outcome.is === 'undone' ? outcome.reason : '';
      assert.match(reason, /may not be read or written/);
      assert.ok(reason.includes(closed), reason);
      chmodSync(closed, mode);
      assert.equal(await digestOf(world), old);
      await act(world, 'migrate');
      assert.notEqual(await digestOf(world), old);
    });
  });
