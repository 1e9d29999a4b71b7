import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { startBucket } from '#simulators';
import { createBackup, listBackups, verifyBackup } from '../../agent/backups/backups.ts';
import { bucketVault } from '../../agent/backups/bucket-vault.ts';
import { cleanUpBackups, proveWhatIsDue } from '../../agent/backups/clean-up.ts';
import { lossesOf } from '../../agent/backups/losses.ts';
import { type RestoreScope, stageRestore } from '../../agent/backups/stage-restore.ts';
import { recover, runRestore } from '../../agent/update/run-update.ts';
import {
  digestOfApplication,
  filesOfVault,
  makeApplication,
  never,
  noise,
  openWorld,
  type World,
} from './backup-world.ts';

const whole = { type: 'full', version: '1.0.0' } as const;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-backups-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  makeApplication(folder);
  return folder;
}

async function restore(
  { backups, installation }: World,
  id: number,
  scope: RestoreScope = 'full',
): Promise<void> {
  const agent = { db: backups.db, clock: backups.clock, installation };
  await recover(agent);
  const input = await stageRestore(
    backups,
    id,
    scope,
    { stage: join(installation.folder, 'restore'), previous: '1.1.0', skipsCopies: false },
    never,
  );
  assert.deepEqual(await runRestore(agent, input, never), { is: 'done' });
}

function spoil(folder: string): void {
  const tree = join(folder, 'app');
  writeFileSync(join(tree, 'src/besar'), 'diganti');
  writeFileSync(join(tree, 'src/asing'), 'baru');
  rmSync(join(tree, 'jalan'));
  chmodSync(join(tree, 'run'), 0o644);
  rmdirSync(join(tree, 'storage/cache'));
  const db = new DatabaseSync(join(folder, 'app.sqlite'));
  db.exec(`insert into users (name) values ('Budi'); create table bills (id integer)`);
  db.close();
}

test('a backup is proven, and restores exactly what was: all, the files, the databases; what is excluded stays', async (t) => {
  const folder = folderOf(t);
  using world = openWorld(folder);
  const old = digestOfApplication(folder);
  const id = await createBackup(world.backups, { ...whole, description: 'sebelum' }, never);
  const [row] = await listBackups(world.backups);
  assert.equal(row?.is_restorable, 1);
  assert.equal(row?.notes, 'sebelum');
  assert.ok(Number(row?.backup_size) > 9 << 20);
  assert.equal(existsSync(world.backups.scratch), false);
  spoil(folder);
  assert.deepEqual(
    (await lossesOf(world.backups, id)).map(({ what }) => what),
    ['app: schema', 'app: users', 'app: bills'],
  );
  await restore(world, id);
  assert.equal(digestOfApplication(folder), old);
  spoil(folder);
  const spoilt = digestOfApplication(folder).split(' ');
  await restore(world, id, 'files');
  const [files, database] = digestOfApplication(folder).split(' ');
  assert.deepEqual([files, database], [old.split(' ')[0], spoilt[1]]);
  await restore(world, id, 'database');
  assert.equal(digestOfApplication(folder), old);
  writeFileSync(join(folder, 'app/storage/logs/app.log'), 'baris\nbaru\n');
  await restore(world, id);
  assert.equal(readFileSync(join(folder, 'app/storage/logs/app.log'), 'utf8'), 'baris\nbaru\n');
});

test('the next backup stores only what is new, also of a file that grew at its beginning', async (t) => {
  const folder = folderOf(t);
  using world = openWorld(folder);
  const sizeNow = () => filesOfVault(world.vault).reduce((sum, path) => sum + statSync(path).size, 0);
  await createBackup(world.backups, whole, never);
  const first = sizeNow();
  assert.ok(first > 9 << 20, String(first));
  await createBackup(world.backups, whole, never);
  assert.ok(sizeNow() - first < 20_000, String(sizeNow() - first));
  const second = sizeNow();
  writeFileSync(
    join(folder, 'app/src/besar'),
    Buffer.concat([noise(1000, 'depan'), noise(9 << 20, 'besar')]),
  );
  const old = digestOfApplication(folder);
  const id = await createBackup(world.backups, whole, never);
  assert.ok(sizeNow() - second < 5 << 20, String(sizeNow() - second));
  spoil(folder);
  await restore(world, id);
  assert.equal(digestOfApplication(folder), old);
});

test('a chunk that is damaged or missing is told by name, and the next backup mends it', async (t) => {
  const folder = folderOf(t);
  using world = openWorld(folder);
  const id = await createBackup(world.backups, whole, never);
  const chunks = filesOfVault(world.vault).filter((path) => path.includes('chunks'));
  for (const chunk of chunks) {
    const name = chunk.slice(-64);
    const kept = readFileSync(chunk);
    for (const strike of [
      () => writeFileSync(chunk, kept.with(kept.length >> 1, (kept[kept.length >> 1] ?? 0) ^ 1)),
      () => truncateSync(chunk, kept.length - 1),
      () => truncateSync(chunk, 0),
      () => rmSync(chunk),
    ]) {
      strike();
      await assert.rejects(verifyBackup(world.backups, id, never), {
        code: 'backup_damaged',
        message: new RegExp(name),
      });
      assert.equal((await listBackups(world.backups)).find((row) => row.id === id)?.is_restorable, 0);
      writeFileSync(chunk, kept);
      await verifyBackup(world.backups, id, never);
    }
  }
  writeFileSync(chunks[0] ?? '', 'rusak');
  await assert.rejects(createBackup(world.backups, whole, never), { code: 'backup_damaged' });
  await createBackup(world.backups, whole, never);
  await verifyBackup(world.backups, id, never);
});

test('a manifest that is damaged is told, and none is restored that was not proven', async (t) => {
  const folder = folderOf(t);
  using world = openWorld(folder);
  const id = await createBackup(world.backups, whole, never);
  const [manifest = ''] = filesOfVault(world.vault).filter((path) => path.includes('manifests'));
  const kept = readFileSync(manifest);
  writeFileSync(manifest, kept.with(9, (kept[9] ?? 0) ^ 1));
  await assert.rejects(verifyBackup(world.backups, id, never), { code: 'backup_damaged' });
  await assert.rejects(restore(world, id), { code: 'backup_not_proven' });
  await assert.rejects(verifyBackup(world.backups, 99, never), { code: 'backup_not_found' });
});

test('with a key nothing of it can be read without, and another key is told', async (t) => {
  const folder = folderOf(t);
  const key = randomBytes(32);
  const old = digestOfApplication(folder);
  {
    using world = openWorld(folder);
    await createBackup(world.backups, whole, never);
  }
  {
    using world = openWorld(folder, { key });
    await createBackup(world.backups, whole, never);
    spoil(folder);
    await restore(world, 2);
    assert.equal(digestOfApplication(folder), old);
    spoil(folder);
    await restore(world, 1);
    assert.equal(digestOfApplication(folder), old, 'one from before there was a key');
  }
  {
    using world = openWorld(folder);
    await assert.rejects(verifyBackup(world.backups, 2, never), { code: 'backup_key_missing' });
  }
  using world = openWorld(folder, { key: randomBytes(32) });
  await assert.rejects(verifyBackup(world.backups, 2, never), { code: 'backup_damaged' });
});

test('cleanup keeps the newest that can be restored and what they need, by count and by age', async (t) => {
  const folder = folderOf(t);
  using world = openWorld(folder, { days: 10 });
  for (const day of [1, 2, 3, 4]) {
    world.at = Temporal.Instant.from(`2026-03-0${day}T02:00:00Z`);
    writeFileSync(join(folder, 'app/src/besar'), noise(300_000, String(day)));
    await createBackup(world.backups, whole, never);
  }
  const before = filesOfVault(world.vault).length;
  assert.deepEqual(await cleanUpBackups(world.backups, 3), [1]);
  assert.ok(filesOfVault(world.vault).length < before);
  for (const id of [2, 3, 4]) await verifyBackup(world.backups, id, never);
  world.at = Temporal.Instant.from('2026-03-12T03:00:00Z');
  assert.deepEqual(await cleanUpBackups(world.backups, 3), [2]);
  world.at = Temporal.Instant.from('2027-03-12T03:00:00Z');
  assert.deepEqual(await cleanUpBackups(world.backups, 3), [3], 'the last one stays');
  await verifyBackup(world.backups, 4, never);
});

test('the schedule proves the one that was proven longest ago, and finds it damaged', async (t) => {
  const folder = folderOf(t);
  using world = openWorld(folder);
  await createBackup(world.backups, whole, never);
  assert.equal(await proveWhatIsDue(world.backups, 7, never), undefined);
  world.at = world.at.add({ hours: 24 * 8 });
  assert.equal(await proveWhatIsDue(world.backups, 7, never), 1);
  assert.equal(await proveWhatIsDue(world.backups, 7, never), undefined);
  world.at = world.at.add({ hours: 24 * 8 });
  const [chunk = ''] = filesOfVault(world.vault);
  rmSync(chunk);
  await assert.rejects(proveWhatIsDue(world.backups, 7, never), { code: 'backup_damaged' });
});

test('a state that is lost learns the backups from the vault', async (t) => {
  const folder = folderOf(t);
  {
    using world = openWorld(folder);
    await createBackup(world.backups, whole, never);
  }
  rmSync(join(folder, 'agent'), { recursive: true });
  using world = openWorld(folder);
  const [row] = await listBackups(world.backups);
  assert.equal(row?.is_restorable, 0);
  await assert.rejects(restore(world, 1), { code: 'backup_not_proven' });
  await verifyBackup(world.backups, 1, never);
  await restore(world, 1);
});

test('in a bucket, too: proven, incremental, cleaned up; what fails for a moment is tried again, and no key is told', async (t) => {
  const keys = { accessKeyId: 'kunci', secretAccessKey: 'rahasia-sekali', region: 'id-jakarta-1' };
  await using bucket = await startBucket({ ...keys, name: 'cadangan' });
  const at = { endpoint: bucket.url, name: 'cadangan', prefix: 'hotel/', ...keys };
  const folder = folderOf(t);
  using world = openWorld(folder, { vault: (clock) => bucketVault(at, clock) });
  const old = digestOfApplication(folder);
  bucket.faults.push({ method: 'PUT', do: 'refuse' }, { method: 'GET', do: 'cut' });
  await createBackup(world.backups, whole, never);
  const objects = bucket.objects.size;
  assert.ok(objects > 6, String(objects));
  assert.ok([...bucket.objects.keys()].every((key) => key.startsWith('hotel/')));
  world.at = world.at.add({ hours: 24 });
  const id = await createBackup(world.backups, whole, never);
  assert.equal(bucket.objects.size, objects + 1);
  assert.deepEqual(await cleanUpBackups(world.backups, 1), [1]);
  assert.equal(bucket.objects.size, objects);
  spoil(folder);
  await restore(world, id);
  assert.equal(digestOfApplication(folder), old);
  const [chunk = ''] = [...bucket.objects.keys()].filter((key) => key.includes('chunks'));
  bucket.objects.set(chunk, Buffer.from('rusak'));
  await assert.rejects(verifyBackup(world.backups, id, never), {
    code: 'backup_damaged',
    message: new RegExp(chunk.slice(-64)),
  });
  bucket.faults.push(...Array.from({ length: 9 }, () => ({ method: 'GET', do: 'refuse' }) as const));
  await assert.rejects(createBackup(world.backups, whole, never), (error: Error) => {
    assert.equal(Reflect.get(error, 'code'), 'backup_place_unreachable');
    assert.ok(!error.message.includes(keys.secretAccessKey));
    return true;
  });
});
