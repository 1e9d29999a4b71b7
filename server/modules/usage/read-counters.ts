import {
  type Commander,
  equals,
  hotspotActive,
  interfaces,
  itemsOf,
  not,
  ProtocolError,
  pppActive,
  pppoeLinks,
  RouterError,
  readResource,
  simpleQueues,
} from '#routeros';
import { ownerOf } from '../routers/index.ts';

/** A counter of the router's, with whose it is as the router says. */
export interface Reading {
  readonly kind: 'pppoe' | 'hotspot' | 'static';
  readonly key: string;
  readonly username: string;
  /** Seconds; of a queue, those of the router. */
  readonly uptime: number;
  /** It goes on from one session to the next, so that a first look at it tells nothing. */
  readonly lasts: boolean;
  readonly address: string | null;
  readonly caller_id: string | null;
  /** Decimal: counters have 64 bits. From the subscriber, and to the subscriber. */
  readonly bytes_in: string;
  readonly bytes_out: string;
}

export interface Readings {
  /** Seconds since the router started. */
  readonly uptime: number;
  readonly counters: readonly Reading[];
}

/**
 * Reads what customers have used: of sessions, unless `sessions` is false, and of queues with Nadi's mark. Sessions that RADIUS
 * let in are left out, since the accounting has them. Everything is read at one time. @throws {RouterosError}
 */
export async function readCounters(on: Commander, sessions: boolean): Promise<Readings> {
  const [resource, pppoe, hotspot, queues] = await Promise.all([
    readResource(on),
    sessions ? whereKnown(readPppoe(on)) : [],
    sessions ? whereKnown(readHotspot(on)) : [],
    readQueues(on),
  ]);
  // Without it a restart would pass unseen, and counters from before would be taken for new ones.
  if (resource.uptime == null)
    throw new ProtocolError('It does not tell its uptime', { command: '/system/resource' });
  const uptime = seconds(resource.uptime);
  const counters = new Map<string, Reading>();
  for (const reading of [...pppoe, ...hotspot, ...queues]) {
    const name = `${reading.kind} ${reading.key}`;
    // Two queues may have one mark: which of them comes second is nobody's to say, so the first counts.
    if (!counters.has(name)) counters.set(name, reading.kind === 'static' ? { ...reading, uptime } : reading);
  }
  return { uptime, counters: [...counters.values()] };
}

/** Nothing of a menu that the router has not: packages such as the hotspot's can be left out. */
async function whereKnown(read: Promise<readonly Reading[]>): Promise<readonly Reading[]> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof RouterError && error.reason === 'no-such-command') return [];
    throw error;
  }
}

/**
 * The name of an interface does not tell whose it is: `<pppoe-budi-1>` may be of budi-1, or the second of budi, and one made by
 * hand has any name. So the router is asked for the user of each, before and after the counters: who dialled again
 * meanwhile has an interface of the same name, and its counter may be that of the old one. Such a session is left to the next look.
 */
async function readPppoe(on: Commander): Promise<readonly Reading[]> {
  const links = await itemsOf(on, pppoeLinks).print({
    fields: ['name', 'user', 'remote-address', 'uptime', 'running', 'dynamic'],
  });
  const [counters, active] = await Promise.all([
    itemsOf(on, interfaces).print({
      where: equals('type', 'pppoe-in'),
      fields: ['name', 'rx-byte', 'tx-byte'],
    }),
    itemsOf(on, pppActive).print({
      where: equals('service', 'pppoe'),
      fields: ['name', 'caller-id', 'address', 'radius'],
    }),
  ]);
  const stayed = new Set((await itemsOf(on, pppoeLinks).print({ fields: [] })).map((row) => row['.id']));
  const counterOf = new Map(counters.map((row) => [row.name, row]));
  const callOf = new Map(active.map((row) => [`${row['caller-id']} ${row.name}`, row]));
  return links.flatMap((link): readonly Reading[] => {
    const { name, user, 'remote-address': caller, dynamic } = link;
    const counter = counterOf.get(name);
    const call = callOf.get(`${caller} ${user}`);
    if (
      !link.running ||
      !stayed.has(link['.id']) ||
      counter === undefined ||
      call === undefined ||
      call.radius
    )
      return [];
    return [
      {
        kind: 'pppoe',
        key: word(link['.id'], 20),
        username: word(user),
        uptime: seconds(link.uptime),
        lasts: !dynamic,
        address: word(call.address) || null,
        caller_id: word(caller) || null,
        bytes_in: decimal(counter['rx-byte']),
        bytes_out: decimal(counter['tx-byte']),
      },
    ];
  });
}

async function readHotspot(on: Commander): Promise<readonly Reading[]> {
  const rows = await itemsOf(on, hotspotActive).print({
    where: not(equals('radius', 'true')),
    fields: ['user', 'address', 'mac-address', 'uptime', 'bytes-in', 'bytes-out'],
  });
  return rows.map((row) => ({
    kind: 'hotspot',
    key: word(row['.id'], 20),
    username: word(row.user),
    uptime: seconds(row.uptime),
    lasts: false,
    address: word(row.address) || null,
    caller_id: word(row['mac-address']) || null,
    bytes_in: decimal(row['bytes-in']),
    bytes_out: decimal(row['bytes-out']),
  }));
}

async function readQueues(on: Commander): Promise<readonly Reading[]> {
  const rows = await itemsOf(on, simpleQueues).print({
    where: equals('dynamic', 'false'),
    fields: ['name', 'target', 'comment', 'bytes'],
  });
  return rows.flatMap(({ name, target, comment, bytes }): readonly Reading[] => {
    const owner = ownerOf(comment);
    if (owner === undefined) return [];
    return [
      {
        kind: 'static',
        key: owner,
        username: word(name),
        uptime: 0,
        lasts: true,
        address: word(target) || null,
        caller_id: null,
        bytes_in: decimal(bytes?.upload),
        bytes_out: decimal(bytes?.download),
      },
    ];
  });
}

/** As much of a text as is kept; PostgreSQL takes no NUL. */
const word = (text: string, max = 255) => text.slice(0, max).replaceAll('\0', '\u{fffd}');

/** What no counter reaches and no sum of them overflows. */
const most = 2n ** 60n;
const decimal = (bytes: bigint | undefined) => String((bytes ?? 0n) > most ? most : (bytes ?? 0n));
const seconds = (milliseconds: number | null | undefined) =>
  Math.min(Math.floor((milliseconds ?? 0) / 1000), Number.MAX_SAFE_INTEGER);
