import { type Traffic, traffic } from './counter.ts';
import { insertRow, queueLive, trafficLive } from './fill.ts';
import { hash, parseAddress, spanText } from './formats.ts';
import { limitRates, queueValues } from './rate-limit.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';

/** What a customer's device dials with; byte strings. */
export interface Dial {
  readonly username: string;
  readonly password: string;
  readonly service?: string;
  readonly mac?: string;
  /** Bits a second while connected; a share of the profile's limit unless given. */
  readonly upload?: number;
  readonly download?: number;
}

export interface Session {
  readonly username: string;
  /** The id of its row in /ppp/active. */
  readonly id: string;
  readonly interfaceName: string;
  readonly address: string;
  /** As it was when it dialled. */
  readonly profile: string;
  readonly mac: string;
  readonly startedAt: number;
  readonly traffic: Traffic;
}

/** A call that is let in. */
export interface Call {
  readonly dial: Dial;
  readonly secret: Row;
  readonly profile: Row | undefined;
  readonly service: string;
  readonly mac: string;
  readonly address: string;
}

/** A session and the rows that go with it when it ends. */
export interface Live {
  readonly session: Session;
  readonly rows: readonly (readonly [table: string, row: Row])[];
}

/** Makes the rows of a new session: interface, address, queue, address-list entry, and the session itself. */
export function sessionRows(world: World, call: Call): Live {
  const { dial, service, mac, address } = call;
  const { username } = dial;
  const profile = call.profile?.values ?? {};
  const startedAt = world.time.milliseconds;
  const limit = profile['rate-limit'] ?? '';
  const interfaceName = freeName(world, `${service}-${username}`);
  const counters = counting(world, dial, limit);
  const rows: (readonly [string, Row])[] = [];
  const row = (path: string, values: Record<string, string>, live?: Row['live']) => {
    const added = insertRow(world.table(path), values, live);
    rows.push([path, added]);
    return added;
  };
  const link = row(
    'interface',
    {
      name: interfaceName,
      type: `${service}-in`,
      mtu: '1480',
      'actual-mtu': '1480',
      'last-link-up-time': world.dateTime(),
      dynamic: 'true',
    },
    trafficLive(counters),
  );
  world.traffic.set(link.id, counters);
  row('ip/address', {
    address: localAddress(call),
    network: address,
    interface: interfaceName,
    'actual-interface': interfaceName,
    dynamic: 'true',
  });
  if (limitRates(limit) !== undefined)
    row('queue/simple', queueValues(interfaceName, limit), queueLive(counters));
  const uptime = () => spanText((world.time.milliseconds - startedAt) / 1000);
  if (service === 'pppoe')
    row('interface/pppoe-server', { name: interfaceName, user: username, 'remote-address': mac }, { uptime });
  const list = profile['address-list'] ?? '';
  if (list !== '')
    row('ip/firewall/address-list', { list, address, dynamic: 'true', 'creation-time': world.dateTime() });
  const number = 0x8120_0000 + (hash(username + startedAt) % 0xffff);
  const active = row(
    'ppp/active',
    { name: username, service, 'caller-id': mac, address, 'session-id': `0x${number.toString(16)}` },
    { uptime },
  );
  const session = {
    username,
    id: active.id,
    interfaceName,
    address,
    profile: profile.name ?? '',
    mac,
    startedAt,
    traffic: counters,
  };
  return { session, rows };
}

/** A further session of the same user has a number in its interface's name. */
function freeName(world: World, start: string): string {
  let name = `<${start}>`;
  for (let number = 1; world.hasName('interface', name); number += 1) name = `<${start}-${number}>`;
  return name;
}

/** Nobody uses the whole of a line all the time: unless told otherwise, a share of the limit that is the user's own. */
function counting(world: World, { username, upload, download }: Dial, limit: string): Traffic {
  const [most, mostDown] = limitRates(limit) ?? [1_000_000, 4_000_000];
  const share = 0.05 + (hash(username) % 100) / 250;
  return traffic(world.time, upload ?? Math.round(most * share), download ?? Math.round(mostDown * share));
}

function localAddress({ secret, profile }: Call): string {
  const given = [secret.values['local-address'], profile?.values['local-address']];
  return given.find((value) => value !== undefined && parseAddress(value) !== undefined) ?? '10.112.112.1';
}
