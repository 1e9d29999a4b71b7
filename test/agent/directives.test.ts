import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WholeVendor } from '../vendor/whole-vendor.ts';
import { Host } from './release-host.ts';
import { type SignedVendor, signedVendor } from './signed-vendor.ts';

// What a vendor says to one installation, of which only what is signed counts.

let vendor: SignedVendor;
let nadi: WholeVendor;
let url: string;
let installed: SignedVendor['installed'];

before(async () => {
  vendor = await signedVendor();
  ({ nadi, url, installed } = vendor);
});
after(async () => {
  await vendor?.[Symbol.asyncDispose]();
});

test('the switch counts once the director signed it; a message at once; taking it back likewise', async () => {
  using at = installed();
  assert.equal((await at.run('ota:heartbeat')).json.ok, true);
  await at.direct({ disabled: true, server_message: 'Server pindah besok.' });
  const unsigned = await at.run('ota:heartbeat');
  assert.partialDeepStrictEqual(unsigned.json, {
    ok: true,
    directives: { disabled: false, server_message: 'Server pindah besok.' },
  });
  assert.equal(at.read('down'), undefined);
  await nadi.sign();
  assert.equal((await at.run('ota:heartbeat')).json.directives.disabled, true);
  assert.equal(at.read('down'), '');
  await at.direct({ disabled: false });
  assert.equal((await at.run('ota:heartbeat')).json.directives.disabled, true);
  await nadi.sign();
  assert.equal((await at.run('ota:heartbeat')).json.directives.disabled, false);
  assert.equal(at.read('down'), undefined);
});

test('a forced version is applied once the director signed it', async () => {
  using at = installed();
  await at.run('ota:heartbeat');
  await at.direct({ force_version: '1.1.0' });
  assert.equal((await at.run('ota:heartbeat')).json.update, null);
  await nadi.sign();
  const { json, out } = await at.run('ota:heartbeat');
  assert.equal(json.update?.status, 'completed', out);
  assert.equal(at.read('.version'), '1.1.0\n');
});

test('a directive that was believed goes on where the vendor’s files cannot be had, and is not taken back by silence', async () => {
  using at = installed();
  await at.run('ota:heartbeat');
  await at.direct({ disabled: true });
  await nadi.sign();
  assert.equal((await at.run('ota:heartbeat')).json.directives.disabled, true);
  await using host = await Host.start();
  host.json('/ota/heartbeat', {
    directives: { disabled: false, force_update: true, force_update_version: '9.9.9' },
  });
  at.write('.env', (at.read('.env') ?? '').replace(url, host.url));
  assert.partialDeepStrictEqual((await at.run('ota:heartbeat')).json, {
    ok: true,
    directives: { disabled: true, force_update_version: null },
  });
});
