import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addLicense, beating, box, call, done, pairing } from '../licensing/licensing-support.ts';
import { ok } from '../support/provider.ts';
import { wholeVendor } from './whole-vendor.ts';

test('who was switched off does not come back by moving the license, and keeps its channel', async () => {
  await using nadi = await wholeVendor();
  const { key } = await addLicense(nadi);
  const [old, fresh] = [box(), box()];
  const { token, agent_code: code } = await done(nadi, 'pair', pairing(key, old));
  const heartbeat = (agentCode: unknown) =>
    nadi.request({
      as: 'nobody',
      method: 'POST',
      url: '/ota/heartbeat',
      body: { agent_code: agentCode, license_key: key, current_version: '1.0.0' },
    });
  assert.equal((await heartbeat(code)).json().directives.disabled, false);
  const [{ id }] = (await ok(nadi, { url: '/api/fleet/installations' })).data as [{ id: string }];
  const url = `/api/fleet/installations/${id}`;
  await ok(nadi, { method: 'PUT', url, body: { channel: 'beta' } });
  const body = { disabled: true, server_message: 'Hubungi kami.', reason: 'Menunggak' };
  await ok(nadi, { method: 'PUT', url: `${url}/directives`, body });
  await nadi.sign();
  await done(nadi, 'heartbeat', beating(key, old, 1), { token });

  const moved = await done(nadi, 'migrate', { ...pairing(key, fresh), reason: 'Server baru' });
  const { directives } = (await heartbeat(moved.agent_code)).json();
  assert.deepEqual([directives.disabled, directives.server_message], [true, 'Hubungi kami.']);
  const list = (await ok(nadi, { url: '/api/fleet/installations' })).data as {
    agent_code: string;
    channel: string;
  }[];
  assert.equal(list.find((each) => each.agent_code === moved.agent_code)?.channel, 'beta');
  // Nadi's own agent believes the director's signature alone, which is asked for anew.
  const told = async () =>
    (await call(nadi, 'heartbeat', beating(key, fresh, 1), { token: moved.token })).json().directives as {
      role: string;
    }[];
  assert.deepEqual(
    (await told()).map(({ role }) => role),
    ['online'],
  );
  await nadi.sign();
  const { rows } = await nadi.kit.pool.query(
    `select d.* from trust_documents d join installations i on i.id::text = d.subject::text
     where i.agent_code = $1 and d.role = 'director' and d.state = 'signed'`,
    [moved.agent_code],
  );
  assert.equal(rows.length, 1);
});
