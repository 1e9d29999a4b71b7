import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SettableClock } from '#kit/clock.ts';
import { startBucket } from '#simulators';
import type { BlobStore } from '../../server/modules/releases/store/blob-store.ts';
import { bucketStore } from '../../server/modules/releases/store/bucket-store.ts';
import { folderStore } from '../../server/modules/releases/store/folder-store.ts';
import { bytesOf, scratch } from './archives.ts';

const keys = { accessKeyId: 'AKIA-Contoh', secretAccessKey: 'Rahasia/Bucket+91', region: 'ap-southeast-3' };
const data = Buffer.from('isi berkas '.repeat(20_000));
const hash = createHash('sha256').update(data).digest('hex');

async function newBucket(prefix = 'nadi/') {
  const bucket = await startBucket({ ...keys, name: 'rilis' });
  const clock = new SettableClock('2026-01-15T03:00:00.123Z');
  const store = bucketStore({ ...keys, endpoint: bucket.url, name: 'rilis', prefix }, clock);
  return { bucket, store };
}

async function put(store: BlobStore, folder: string, bytes = data): Promise<void> {
  const file = join(folder, `f${Math.random()}`);
  await writeFile(file, bytes);
  await store.put(hash, bytes.length, file);
}

test('folder and bucket: what was put is read back, whole and in parts; twice is once; removed is gone', async () => {
  await using folder = await scratch();
  await using own = await scratch();
  const { bucket, store: inBucket } = await newBucket();
  await using _ = bucket;
  for (const store of [folderStore(own.path), inBucket]) {
    await assert.rejects(bytesOf(store.open(hash)), { name: 'BlobMissing' });
    await Promise.all([put(store, folder.path), put(store, folder.path)]);
    await put(store, folder.path);
    assert.deepEqual(await bytesOf(store.open(hash)), data);
    assert.deepEqual(await bytesOf(store.open(hash, { start: 100, end: 199 })), data.subarray(100, 200));
    await store.remove(hash);
    await store.remove(hash);
    await assert.rejects(bytesOf(store.open(hash)), { name: 'BlobMissing' });
  }
});

test('the bucket is sent what is new, once, under its hash, and is believed only where it is right', async () => {
  await using folder = await scratch();
  const { bucket, store } = await newBucket();
  await using _ = bucket;
  await put(store, folder.path);
  await put(store, folder.path);
  assert.deepEqual(bucket.requests, [`HEAD nadi/${hash}`, `PUT nadi/${hash}`, `HEAD nadi/${hash}`]);
  assert.ok(bucket.objects.get(`nadi/${hash}`)?.equals(data));
  for (const fault of ['refuse', 'cut', 'change'] as const) {
    bucket.faults.push({ method: 'GET', do: fault });
    await assert.rejects(bytesOf(store.open(hash)), { code: 'release_store' }, fault);
  }
  assert.deepEqual(await bytesOf(store.open(hash)), data);
  // A body that is not what its name says is not taken.
  await store.remove(hash);
  await assert.rejects(put(store, folder.path, Buffer.from('another')), { code: 'release_store' });
  assert.equal(bucket.objects.size, 0);
});

test('wrong keys, a bucket that refuses or is not there: one refusal, without the keys in it', async () => {
  await using folder = await scratch();
  const { bucket } = await newBucket();
  await using _ = bucket;
  const clock = new SettableClock('2026-01-15T03:00:00Z');
  for (const [endpoint, secret] of [
    [bucket.url, 'another'],
    ['http://127.0.0.1:9', keys.secretAccessKey],
  ] as const) {
    const store = bucketStore(
      { ...keys, secretAccessKey: secret, endpoint, name: 'rilis', prefix: '' },
      clock,
    );
    await assert.rejects(put(store, folder.path), (error: Error) => {
      assert.equal(Reflect.get(error, 'code'), 'release_store');
      assert.ok(!JSON.stringify([error.message, String(error.cause)]).includes(secret));
      return true;
    });
  }
});

test('a file cut by a killed process or a bad disk is replaced, and what is half there has no name', async () => {
  await using folder = await scratch();
  await using own = await scratch();
  const store = folderStore(own.path);
  await put(store, folder.path);
  const path = join(own.path, hash.slice(0, 2), hash);
  await writeFile(path, data.subarray(0, 5));
  await assert.rejects(bytesOf(store.open(hash)), { code: 'release_store' });
  await put(store, folder.path);
  assert.equal((await stat(path)).size, data.length);
  assert.deepEqual(await readdir(join(own.path, hash.slice(0, 2))), [hash]);
});

test('a folder that cannot be written to is told as such', async () => {
  await using folder = await scratch();
  await writeFile(join(folder.path, 'a-file'), '');
  await assert.rejects(put(folderStore(join(folder.path, 'a-file')), folder.path), { code: 'release_store' });
});
