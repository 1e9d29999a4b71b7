import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addLicense, beating, box, call, done, paired, pairing } from '../licensing/licensing-support.ts';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { wholeVendor } from './whole-vendor.ts';

/** A heartbeat of the OTA wire. */
const beat = (nadi: TestApp, agentCode: string, key: string) =>
  nadi.request({
    as: 'nobody',
    method: 'POST',
    url: '/ota/heartbeat',
    body: { agent_code: agentCode, license_key: key, current_version: '1.0.0' },
  });

test('who was switched off does not come back by moving the license, and keeps its channel', async () => {
  await using nadi = await wholeVendor();
  const { key } = await addLicense(nadi);
  const [old, fresh] = [box(), box()];
  const { token, agent_code: code } = await done(nadi, 'pair', pairing(key, old));
  const heartbeat = (agentCode: string) => beat(nadi, agentCode, key);
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

test('nobody is asked to sign for a machine that is gone, and nothing is signed for it anew', async () => {
  await using nadi = await wholeVendor();
  const machines = [await paired(nadi), await paired(nadi), await paired(nadi)];
  const [moves, ends, leaves] = machines;
  assert.ok(moves && ends && leaves);
  const ids = new Map<string, string>();
  for (const { agentCode, key } of machines) {
    await beat(nadi, agentCode, key);
    const { data } = await ok<{ data: { id: string }[] }>(nadi, {
      url: `/api/installations?agent_code=${agentCode}`,
    });
    ids.set(agentCode, data[0]?.id ?? assert.fail());
  }
  const direct = async (body: object) => {
    for (const id of ids.values())
      await ok(nadi, { method: 'PUT', url: `/api/fleet/installations/${id}/directives`, body });
  };
  const waiting = async () => {
    const { documents } = await ok<{ documents: { signed: { subject: string } }[] }>(nadi, {
      url: '/api/trust/waiting',
    });
    return documents.map(({ signed }) => signed.subject).sort();
  };
  // Signed once, and another word waits.
  await direct({ suspended: true, server_message: 'Hubungi kami.', reason: 'Menunggak' });
  await nadi.sign();
  await direct({ disabled: true, reason: 'Menunggak' });
  assert.deepEqual(await waiting(), [...ids.values()].sort());

  const { agent_code: fresh } = await done(nadi, 'migrate', {
    ...pairing(moves.key, box()),
    reason: 'Server baru',
  });
  const url = `/api/installations/${ids.get(ends.agentCode)}/end`;
  await ok(nadi, { method: 'POST', url, body: { reason: 'Hotel tutup' } });
  // Who unpaired may come back, and is off then.
  await done(nadi, 'unpair', { reason: 'Ganti disk' }, { token: leaves.token });
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/installations?agent_code=${fresh}`,
  });
  const there = [data[0]?.id ?? assert.fail(), ids.get(leaves.agentCode) ?? assert.fail()].sort();
  assert.deepEqual(await waiting(), there);
  await nadi.sign();
  nadi.clock.advance({ hours: 24 * 25 });
  const renewing = nadi.edition.jobs.find(({ name }) => name === 'trust.renew_documents');
  await renewing?.run({}, new AbortController().signal);
  const { rows } = await nadi.kit.pool.query(
    `select distinct subject from trust_documents where state = 'signed' order by subject`,
  );
  assert.deepEqual(
    rows.map(({ subject }) => subject),
    there,
  );
  // The director's hold for five years.
  await nadi.watch(5 * 365 - 60);
  assert.deepEqual(await waiting(), there);
});
