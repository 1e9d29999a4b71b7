import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';

/** What the demo's ready file says of the software house. */
export interface ReadyVendor {
  readonly vendor: Readonly<Record<'url' | 'email' | 'password' | 'token', string>>;
  readonly installation: { readonly agent_code: string; readonly license_key: string };
}

async function get({ vendor }: ReadyVendor, path: string) {
  const answer = await fetch(vendor.url + path, { headers: { authorization: `Bearer ${vendor.token}` } });
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return JSON.parse(await answer.text());
}

async function post({ vendor }: ReadyVendor, path: string, body: object) {
  const answer = await fetch(vendor.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

/** Looks at the software house as its administrator does. */
export async function lookIntoOffice(ready: ReadyVendor): Promise<void> {
  const { email, password } = ready.vendor;
  assert.equal((await post(ready, '/api/login', { email, password })).status, 200);
  assert.equal((await get(ready, '/api/customers')).total, 10);
  assert.equal((await get(ready, '/api/license-plans')).total, 3);
  const { data: licenses } = await get(ready, '/api/licenses');
  assert.equal(licenses.length, 10);
  assert.ok(licenses.filter(({ status }: { status: string }) => status === 'active').length >= 9);
  assert.ok((await get(ready, '/api/invoices?status=paid')).total >= 10);
  const { data: releases } = await get(ready, '/api/releases');
  assert.deepEqual(
    releases.map(({ version, state }: { version: string; state: string }) => `${version} ${state}`),
    ['1.1.0 published', '1.0.0 published'],
  );
  const { data: fleet } = await get(ready, '/api/fleet/installations?per_page=100');
  assert.equal(fleet.length, 15);
  const online = fleet.filter(({ state }: { state: string }) => state === 'online');
  assert.ok(online.length >= 14, `${online.length} are online`);
  const [rollout] = (await get(ready, '/api/rollouts')).data;
  assert.equal(rollout.state, 'done');
  const today = Temporal.Now.plainDateISO('Asia/Jakarta');
  const range = `from=${today.subtract({ days: 30 })}&to=${today}`;
  const { adoption, outcomes, times } = await get(ready, `/api/fleet/analytics?${range}`);
  assert.ok(adoption.length > 20 && outcomes.length > 0 && times.length > 0);
  const { roles, targets, timestamp, waiting } = await get(ready, '/api/trust');
  assert.deepEqual([roles.root.threshold, roles.root.keys.length, waiting], [2, 3, []]);
  const now = Temporal.Now.instant().toString();
  for (const live of [targets, timestamp]) assert.ok(live.expires_at > now, 'metadata has not expired');
}

/** Updates as the client of spec 1 does, that has in its settings what the ready file says. */
export async function updateByWire(ready: ReadyVendor): Promise<void> {
  const { agent_code, license_key } = ready.installation;
  const beat = await post(ready, '/ota/heartbeat', { ...ready.installation, current_version: '1.0.0' });
  assert.deepEqual([beat.status, beat.body.message], [200, 'OK']);
  const { body: offer } = await post(ready, '/ota/check', {
    ...ready.installation,
    current_version: '1.0.0',
  });
  assert.deepEqual([offer.message, offer.version], ['UPDATE_AVAILABLE', '1.1.0']);
  const actions = offer.files.map(({ action }: { action: string }) => action).sort();
  assert.deepEqual(actions, ['create', 'delete', 'update']);
  const headers = { 'x-agent-code': agent_code, 'x-license-key': license_key };
  const download = await fetch(offer.download_url, { headers });
  assert.equal(download.status, 200);
  const zip = Buffer.from(await download.arrayBuffer());
  const checksum = createHash('sha256').update(zip).digest('hex');
  assert.deepEqual(
    [checksum, zip.length, download.headers.get('x-checksum')],
    [offer.checksum, offer.zip_size, checksum],
  );
}

/** A machine that was never seen, with as much of a fingerprint as it must have. */
function machine() {
  const digest = () => createHash('sha256').update(randomUUID()).digest('hex');
  return {
    install_id: randomUUID(),
    fingerprint: {
      digest: digest(),
      components: { machine_id: digest(), mac: digest(), disk: digest(), hostname: digest() },
    },
    app_version: '1.0.0',
    hostname: 'server-utama',
  };
}

/** Pairs a machine with the license of the installation; a second one is told where the license is. */
export async function pairByKey(ready: ReadyVendor): Promise<void> {
  const { license_key } = ready.installation;
  const paired = await post(ready, '/api/license/pair', { license_key, ...machine() });
  assert.equal(paired.status, 200, JSON.stringify(paired.body));
  assert.deepEqual([paired.body.status, paired.body.plan], ['paired', 'Nadi Tumbuh']);
  const second = await post(ready, '/api/license/pair', { license_key, ...machine() });
  assert.equal(second.status, 409);
}
