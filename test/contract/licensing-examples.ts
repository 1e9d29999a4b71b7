import { type Box, beating, box, done, drawKey, pairing } from '../licensing/licensing-support.ts';
import type { TestApp } from '../support/test-app.ts';
import { portalOf } from './portal-world.ts';
import type { Prepare } from './prepare.ts';
import type { World } from './world.ts';

/** Endpoints whose purpose is to show a secret. */
export const licensingShows = {
  drawLicenseKey: ['license_key'],
  drawOwnLicenseKey: ['license_key'],
  pairLicense: ['token', 'installation_secret'],
  migrateLicense: ['token', 'installation_secret'],
  licenseHeartbeat: ['token'],
  rotateLicenseToken: ['token'],
};

const hash = 'ab'.repeat(32);
/** Values by the names of fields. */
export const licensingValues = {
  features: { pos: true },
  limits: { max_rooms: 100 },
  usage: { rooms: 24 },
  owner: { name: 'Contoh' },
  property: { rooms: 24 },
  install_id: '0194f000-0000-7000-8000-000000000001',
  digest: hash,
  machine_id: hash,
  mac: hash,
  disk: hash,
  cpu: hash,
  hostname: hash,
};

/** What stands in the database of keys and secrets. */
export const licensingSecrets = `select key_hash as secret from licenses
  union select secret_hash from installations union select previous_secret_hash from installations`;

/** A license of its own, with a machine that runs on it. */
interface LicensingWorld {
  readonly packageId: string;
  readonly licenseId: string;
  readonly key: string;
  readonly machine: Box;
  readonly token: string;
  readonly installationId: string;
}

async function licensingOf(world: World, nadi: TestApp, customerId?: string): Promise<LicensingWorld> {
  const { send, number } = world;
  const add = async (url: string, body: object) => String((await send('POST', url, body)).id);
  const owner = customerId ?? (await add('/api/customers', { name: `Hotel ${number}` }));
  const packageId = await newPackage(world);
  await add('/api/license-plans', { package_id: packageId, max_nodes: 5, free_moves: 100 });
  const licenseId = await add('/api/licenses', { customer_id: owner, package_id: packageId });
  const key = await drawKey(nadi, licenseId);
  const machine = box();
  const { token, agent_code: code } = await done(nadi, 'pair', pairing(key, machine));
  const { data } = await send('GET', `/api/installations?agent_code=${code}`);
  const [installation] = data as { id: string }[]; // It was just paired.
  return { packageId, licenseId, key, machine, token, installationId: installation?.id ?? '' };
}

const newPackage = async ({ send, number }: World): Promise<string> =>
  String(
    (await send('POST', '/api/packages', { name: `Lisensi ${number}`, type: 'license', price: '1000000' }))
      .id,
  );

const plan = {
  features: { pos: true },
  limits: { max_rooms: 100 },
  max_nodes: 2,
  overage: 'notify',
  free_moves: 3,
  min_app_version: '1.0.0',
};
const own = { features: { pos: false }, limits: { max_rooms: 200 }, max_nodes: 4 };

const byLicense: Prepare = async (world, nadi) => [
  { params: { id: (await licensingOf(world, nadi)).licenseId } },
];
const byInstallation: Prepare = async (world, nadi) => [
  { params: { id: (await licensingOf(world, nadi)).installationId } },
];
const byPlan: Prepare = async (world, nadi) => [
  { params: { id: (await licensingOf(world, nadi)).packageId } },
];

/** One's own, in the portal. */
const ofPortal = async (world: World, nadi: TestApp) => {
  const { ids, token } = await portalOf(world, nadi);
  return { ...(await licensingOf(world, nadi, ids.customer)), portalToken: token };
};

/** What endpoints of licenses need done before. */
export const licensingPreparations: Readonly<Record<string, Prepare>> = {
  createLicensePlan: async (world) => [{ body: { ...plan, package_id: await newPackage(world) } }],
  showLicensePlan: byPlan,
  updateLicensePlan: async (world, nadi) => [
    { params: { id: (await licensingOf(world, nadi)).packageId }, body: plan },
  ],
  createLicense: async (world) => [
    {
      body: {
        ...own,
        customer_id: world.ids.customer,
        package_id: await newPackage(world),
        valid_until: '2027-01-15',
      },
    },
  ],
  showLicense: byLicense,
  updateLicense: async (world, nadi) => {
    const { licenseId, packageId } = await licensingOf(world, nadi);
    return [{ params: { id: licenseId }, body: { ...own, package_id: packageId } }];
  },
  suspendLicense: byLicense,
  resumeLicense: byLicense,
  revokeLicense: byLicense,
  renewLicense: async (world, nadi) => [
    { params: { id: (await licensingOf(world, nadi)).licenseId }, body: { valid_until: '2027-01-15' } },
  ],
  transferLicense: async (world, nadi) => {
    const { licenseId, packageId } = await licensingOf(world, nadi);
    const subscription = { customer_id: world.ids.customer, package_id: packageId };
    const { id } = await world.send('POST', '/api/subscriptions', subscription);
    const body = { customer_id: world.ids.customer, subscription_id: id, reason: 'Dijual' };
    return [{ params: { id: licenseId }, body }];
  },
  drawLicenseKey: byLicense,
  grantLicenseMoves: async (world, nadi) => [
    { params: { id: (await licensingOf(world, nadi)).licenseId }, body: { count: 1, reason: 'Kebanjiran' } },
  ],
  addAgentCode: byLicense,
  showInstallation: byInstallation,
  endInstallation: byInstallation,
  pairLicense: async (world, nadi) => {
    const { key, machine } = await licensingOf(world, nadi);
    const more = {
      owner: { name: 'Contoh' },
      property: { rooms: 24 },
      client_time: nadi.clock.now().toString(),
    };
    return [{ body: pairing(key, machine, more) }];
  },
  licenseHeartbeat: async (world, nadi) => {
    const { key, machine, token } = await licensingOf(world, nadi);
    const more = { client_time: nadi.clock.now().toString(), installation_secret: 'x'.repeat(40) };
    return [{ token, body: beating(key, machine, 1, more) }];
  },
  migrateLicense: async (world, nadi) => {
    const { key, machine } = await licensingOf(world, nadi);
    return [{ body: pairing(key, machine, { reason: 'Contoh', client_time: nadi.clock.now().toString() }) }];
  },
  rotateLicenseToken: async (world, nadi) => {
    const { token } = await licensingOf(world, nadi);
    return [{ token, body: { client_time: nadi.clock.now().toString() } }];
  },
  unpairLicense: async (world, nadi) => {
    const { token } = await licensingOf(world, nadi);
    return [{ token, body: { reason: 'Contoh', client_time: nadi.clock.now().toString() } }];
  },
  showOwnLicense: async (world, nadi) => [{ params: { id: (await ofPortal(world, nadi)).licenseId } }],
  drawOwnLicenseKey: async (world, nadi) => [{ params: { id: (await ofPortal(world, nadi)).licenseId } }],
  moveOwnLicense: async (world, nadi) => {
    const { licenseId, installationId } = await ofPortal(world, nadi);
    return [{ params: { id: licenseId }, body: { installation_id: installationId, reason: 'Server mati' } }];
  },
};
