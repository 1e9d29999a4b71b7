import { addInstallations, addRelease, type Client, post } from '../fleet/fleet-world.ts';
import type { TestApp } from '../support/test-app.ts';
import type { Prepare } from './prepare.ts';
import type { World } from './world.ts';

/** Values by the name of a field. */
export const fleetValues = {
  cohorts: ['pilot'],
  version: '1.0.0',
  force_version: '1.0.0',
  window_from: '22:00',
  window_until: '04:00',
};

let fleets = 0;

/** An installation of this world's own that was heard of. */
async function installation(nadi: TestApp): Promise<Client> {
  fleets += 1;
  const [client] = await addInstallations(nadi, 1, `WORLD${fleets}`);
  if (client === undefined) throw new Error('An installation was to be added.');
  await post(nadi, 'heartbeat', {
    ...client,
    current_version: '1.0.0',
    client_info: { php: '8.2.20', os: 'Linux' },
  });
  return client;
}

const whoOf = ({ agent_code, license_key }: Client) => ({ agent_code, license_key });
const one: Prepare = async (_world, nadi) => [{ params: { id: (await installation(nadi)).id } }];
const posting =
  (more: object): Prepare =>
  async (_world, nadi) => [{ body: { ...whoOf(await installation(nadi)), ...more } }];

const stages = [
  {
    name: 'Kenari',
    count: 1,
    cohorts: ['pilot'],
    window_from: '22:00',
    window_until: '04:00',
    soak_minutes: 30,
    needs_approval: true,
    least_judged: 80,
    most_failed: 2,
  },
  {
    name: 'Semua',
    percent: 100,
    cohorts: [],
    window_from: null,
    window_until: null,
    soak_minutes: 30,
    needs_approval: false,
    least_judged: 80,
    most_failed: 2,
  },
];

async function rollout(world: World, nadi: TestApp, ...acts: readonly string[]): Promise<string> {
  fleets += 1;
  const version = `1.${fleets}.0`;
  await addRelease(nadi, version);
  const { id } = await world.send('POST', '/api/rollouts', { version, stages });
  for (const act of acts)
    await world.send('POST', `/api/rollouts/${id}/${act}`, act === 'halt' ? { reason: 'Contoh' } : undefined);
  return String(id);
}

const downloading = async (_world: unknown, nadi: TestApp) => {
  const client = await installation(nadi);
  fleets += 1;
  await addRelease(nadi, `1.${fleets}.0`);
  const found = await post(nadi, 'check', { ...client, current_version: '1.0.0' });
  const headers = { 'x-agent-code': client.agent_code, 'x-license-key': client.license_key };
  return [{ params: { version: String(found.json().version) }, headers }];
};

const acting =
  (...acts: readonly string[]): Prepare =>
  async (world, nadi) => [{ params: { id: await rollout(world, nadi, ...acts) } }];

export const fleetPreparations: Readonly<Record<string, Prepare>> = {
  showFleetInstallation: one,
  endFleetRest: one,
  updateFleetInstallation: async (world, nadi) => {
    const [prepared] = await one(world, nadi);
    const body = { channel: 'beta', cohorts: ['pilot'], window_from: '22:00', window_until: '04:00' };
    return [{ ...prepared, body }];
  },
  directInstallation: async (world, nadi) => {
    const [prepared] = await one(world, nadi);
    const body = {
      disabled: true,
      suspended: false,
      force_version: '1.0.0',
      server_message: 'Contoh',
      reason: 'Contoh',
    };
    return [{ ...prepared, body }];
  },
  messageInstallation: async (world, nadi) => {
    const [prepared] = await one(world, nadi);
    return [{ ...prepared, body: { server_message: 'Contoh' } }];
  },
  showFleetAnalytics: async () => [{ query: { from: '2026-01-01', to: '2026-01-15', version: '1.0.0' } }],
  createRollout: async (_world, nadi) => {
    fleets += 1;
    await addRelease(nadi, `1.${fleets}.0`);
    return [{ body: { version: `1.${fleets}.0`, starts_at: '2026-06-01T00:00:00Z', stages } }];
  },
  showRollout: acting(),
  listRolloutMembers: acting('start'),
  startRollout: acting(),
  advanceRollout: acting('start'),
  haltRollout: acting('start'),
  resumeRollout: acting('start', 'halt'),
  undoRollout: acting('start'),
  checkOta: posting({ current_version: '1.0.0' }),
  heartbeatOta: posting({ current_version: '1.0.0', client_info: { php: '8.2.20' } }),
  reportOta: posting({ version: '1.0.0', status: 'failed', error: 'Contoh' }),
  downloadOta: downloading,
  downloadOtaDelta: downloading,
};
