import { postBytes, sendAll } from './bare-sockets.ts';
import { agentCode, licenseKey } from './load-fleet.ts';

// Checks in for a fleet, from a process of its own: each installation sends a heartbeat and asks for updates, in a mixed order.

interface Plan {
  readonly url: string;
  readonly fleet: number;
  readonly requests: number;
  readonly atOnce: number;
}

/** Coprime to any fleet that is not a multiple of it, so that every installation has its turn before any comes again. */
const stride = 7919;

process.once('message', async ({ url, fleet, requests, atOnce }: Plan) => {
  const client_info = { php: '8.2.20', laravel: '12.0.1', os: 'Linux', server: 'nginx/1.24' };
  function* all() {
    for (let n = 0; n < requests; n += 1) {
      const place = 1 + ((Math.floor(n / 2) * stride) % fleet);
      const who = { agent_code: agentCode(place), license_key: licenseKey(place), current_version: '1.0.0' };
      yield n % 2 === 0
        ? postBytes(`${url}/ota/heartbeat`, JSON.stringify({ ...who, client_info }))
        : postBytes(`${url}/ota/check`, JSON.stringify(who));
    }
  }
  const sent = await sendAll(url, all(), atOnce);
  process.send?.(sent, () => process.disconnect?.());
});
