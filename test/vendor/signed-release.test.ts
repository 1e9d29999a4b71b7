import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { act, filled } from '../releases/store-app.ts';
import { wholeVendor } from './whole-vendor.ts';

const folder = mkdtempSync(join(tmpdir(), 'nadi-store-'));
const nadi = await wholeVendor({ env: { RELEASES_DIR: folder } });
after(async () => {
  await nadi[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const files = (text: string) => [{ name: 'app.js', data: text }];
const stateOf = async (id: string) => (await nadi.request({ url: `/api/releases/${id}` })).json().state;
const swap = (id: string, from: string) =>
  nadi.kit.pool.query(
    `update releases r set manifest_hash = o.manifest_hash, manifest_size = o.manifest_size from releases o
     where r.id = $1 and o.id = $2`,
    [id, from],
  );

test('a release is signed when its manifest is, and published as it was signed', async () => {
  const id = await filled(nadi, '1.0.0', files('one'));
  await act(nadi, id, 'sign');
  await nadi.sign();
  assert.equal(await stateOf(id), 'signed');
  assert.equal((await act(nadi, id, 'publish')).json().state, 'published');
});

test('a draft whose content is another than what was signed is not signed', async () => {
  const evil = await filled(nadi, '6.6.6', files('evil'));
  const id = await filled(nadi, '2.0.0', files('good'));
  await act(nadi, id, 'sign');
  // By whoever has the database, or a fault of ours.
  await swap(id, evil);
  await nadi.sign();
  assert.equal(await stateOf(id), 'draft');
  assert.equal((await act(nadi, id, 'publish')).json().code, 'release_state');
  // Handed in as it is now, it is another file, which people see and sign.
  await act(nadi, id, 'sign');
  await nadi.sign();
  assert.equal(await stateOf(id), 'signed');
});

test('what is called signed in the database is not published unless it was', async () => {
  const evil = await filled(nadi, '6.6.7', files('evil'));
  const id = await filled(nadi, '3.0.0', files('good'));
  await act(nadi, id, 'sign');
  await nadi.sign();
  await nadi.kit.pool.query("update releases set state = 'draft' where id = $1", [id]);
  await swap(id, evil);
  await nadi.kit.pool.query("update releases set state = 'signed' where id = $1", [id]);
  assert.equal((await act(nadi, id, 'publish')).json().code, 'release_unsigned');
  assert.equal(await stateOf(id), 'signed');
});
