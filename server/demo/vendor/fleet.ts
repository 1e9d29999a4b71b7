import { between, chance, pick } from '../chance.ts';
import type { Provider } from './house.ts';
import { firstRelease, secondRelease } from './releases.ts';

/** With what an application signs in to the OTA wire: two of the three lines in the `.env` of spec 1. */
export interface Credentials {
  readonly agent_code: string;
  readonly license_key: string;
}

/** Sends a body to a path of the OTA wire, and gives the answer. */
export type Send = (path: string, body: object) => Promise<{ readonly [name: string]: unknown }>;

/** An installation that is simulated, and what it runs. */
export interface Machine extends Credentials {
  version: string;
}

/** One update that fails, so that there is something to look into. */
const fails = 'Kilat Jaya Wireless';

export class Fleet {
  readonly machines: Machine[];
  readonly #broken = new Set<string>();

  constructor(machines: readonly Machine[]) {
    this.machines = [...machines];
  }

  add({ name }: Provider, credentials: readonly Credentials[]): void {
    for (const each of credentials) {
      this.machines.push({ ...each, version: firstRelease.version });
      if (name === fails) this.#broken.add(each.agent_code);
    }
  }

  /** All of them give a sign of life. */
  async greet(send: Send): Promise<void> {
    await Promise.all(this.machines.map((machine, place) => greet(send, machine, place)));
  }

  /** All of them give a sign of life, and take what they are offered. */
  async beat(send: Send): Promise<void> {
    await Promise.all(this.machines.map((machine, place) => this.#beat(send, machine, place)));
  }

  async #beat(send: Send, machine: Machine, place: number): Promise<void> {
    await greet(send, machine, place);
    const { version, ...credentials } = machine;
    const offer = await send('/ota/check', { ...credentials, current_version: version });
    if (offer.has_update !== true || typeof offer.version !== 'string') return;
    const fault = this.#broken.has(machine.agent_code) && offer.version === secondRelease.version;
    const outcome = fault
      ? { status: 'failed', error: 'Checksum mismatch: the disk is full.' }
      : { status: 'success', error: null };
    await send('/ota/report', { ...credentials, version: offer.version, ...outcome });
    if (!fault) machine.version = offer.version;
  }
}

async function greet(send: Send, machine: Machine, place: number): Promise<void> {
  const { version, ...credentials } = machine;
  const body = { ...credentials, current_version: version, client_info: infoOf(place) };
  await send('/ota/heartbeat', body);
}

/** What the machine in that place is; always the same. */
function infoOf(place: number) {
  return {
    php: `${pick(['8.2', '8.3', '8.3'], place, 'php')}.${between(1, 20, place, 'patch')}`,
    laravel: chance(place, 'laravel') < 0.3 ? '11.44.0' : '12.0.1',
    os: 'Linux',
    server: pick(['nginx/1.24', 'nginx/1.26', 'Apache/2.4'], place, 'server'),
  };
}
