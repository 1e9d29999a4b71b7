import { isIP } from 'node:net';
import { username } from '#contract';
import {
  type Commander,
  equals,
  formatRateLimit,
  parseDuration,
  parsePair,
  parseRate,
  parseRateLimit,
  parseWhole,
  print,
  RouterValueError,
  type Row,
} from '#routeros';
import { menus, type ProfileKind, profileMenus } from '../entries.ts';
import type { Kind } from '../wanted.ts';
import type { Found } from './found.ts';
import type { Reason } from './words.ts';

const common = ['name', 'comment', 'disabled'];
const fields: Readonly<Record<Kind, readonly string[]>> = {
  pppoe: [...common, 'password', 'service', 'profile', 'local-address', 'remote-address'],
  hotspot: [...common, 'password', 'profile', 'address', 'default', 'limit-uptime', 'limit-bytes-total'],
  static: [...common, 'target', 'max-limit', 'burst-limit', 'burst-threshold', 'burst-time', 'priority'],
};

/** Reads what a router holds of these kinds, without what sessions bring along. @throws {RouterosError} */
export async function readEntries(on: Commander, kinds: ReadonlySet<Kind>): Promise<readonly Found[]> {
  // What queues belong to is asked for even where users are not to come.
  const [pppoe, hotspot, queues] = await Promise.all([
    readUsers(on, 'pppoe'),
    readUsers(on, 'hotspot'),
    kinds.has('static')
      ? print(on, menus.static, { fields: fields.static, where: equals('dynamic', 'false') })
      : [],
  ]);
  const users = [...pppoe, ...hotspot];
  const used = new Set(users.flatMap(({ name, remote }) => [name, remote ?? name]));
  return [
    ...users.filter(({ kind }) => kinds.has(kind)),
    ...queues.map((row) => queueOf(storable(row), used)),
  ];
}

async function readUsers(on: Commander, kind: ProfileKind): Promise<readonly Found[]> {
  const [rows, profiles] = await Promise.all([
    print(on, menus[kind], { fields: fields[kind] }),
    print(on, profileMenus[kind], { fields: ['name', 'rate-limit'] }),
  ]);
  const rates = new Map(profiles.map((row) => [row.name, canonicalRate(row['rate-limit'])]));
  return rows
    .filter((row) => row.default !== 'true')
    .map(storable)
    .map((row): Found => {
      const profile = row.profile || 'default';
      return {
        kind,
        ...shared(row),
        password: row.password || null,
        profile,
        rate: rates.get(profile) ?? null,
        local: addressOf(row['local-address']),
        remote: addressOf(row[kind === 'pppoe' ? 'remote-address' : 'address']),
        fault: userFault(kind, row),
      };
    });
}

/** A router may hold what no column can. */
const storable = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value.replaceAll('\0', unreadable)]));

/** What the connection makes of bytes that mean nothing. */
const unreadable = '\ufffd';

const shared = (row: Row) => ({
  name: row.name ?? '',
  comment: row.comment ?? '',
  disabled: row.disabled === 'true' || row.disabled === 'yes',
});

/** No address is written in many ways. */
const addressOf = (text: string | undefined) =>
  text === undefined || text === '' || text === '0.0.0.0' ? null : text;

function userFault(kind: ProfileKind, row: Row): Reason | undefined {
  if (kind === 'pppoe' && !['pppoe', 'any', '', undefined].includes(row.service)) return 'service';
  const hasLimit = [row['limit-uptime'], row['limit-bytes-total']].some(
    (text) => text && !/^0s?$/.test(text),
  );
  if (kind === 'hotspot' && (hasLimit || /^(vc|up)-/.test(row.comment ?? ''))) return 'voucher';
  if (!username.safeParse(row.name).success) return 'name';
  if (row.profile?.includes(unreadable)) return 'name';
  if (!row.password || /^\*+$/.test(row.password) || row.password.includes(unreadable)) return 'password';
  const places = [row['local-address'], row['remote-address'], row.address].map(addressOf);
  return places.some((place) => place !== null && isIP(place) === 0) ? 'address' : undefined;
}

function queueOf(row: Row, used: ReadonlySet<string>): Found {
  const target = (row.target ?? '').replace(/\/(32|128)$/, '');
  const rate = rateOfQueue(row);
  const given = shared(row);
  return {
    kind: 'static',
    ...given,
    password: null,
    profile: rate ?? '',
    rate,
    local: null,
    remote: target,
    fault: queueFault(given, target, rate, used),
  };
}

function queueFault(
  { name, disabled }: Pick<Found, 'name' | 'disabled'>,
  target: string,
  rate: string | null,
  used: ReadonlySet<string>,
): Reason | undefined {
  if (isIP(target) === 0 || /^[0:.]+$/.test(target)) return 'target';
  if (used.has(target) || used.has(name)) return 'belongs';
  if (!username.safeParse(name).success) return 'name';
  if (disabled) return 'queue_off';
  return rate === null ? 'speed' : undefined;
}

function rateOfQueue(row: Row): string | null {
  try {
    const limit = parsePair(row['burst-limit'] || '0/0', parseRate);
    const burst = {
      limit,
      threshold: parsePair(row['burst-threshold'] || '0/0', parseRate),
      time: parsePair(row['burst-time'] || '0s/0s', parseDuration),
    };
    const { upload: priority } = parsePair(row.priority || '8/8', parseWhole);
    const hasBurst = limit.upload !== 0 || limit.download !== 0;
    return formatRateLimit({
      rate: parsePair(row['max-limit'] || '0/0', parseRate),
      ...(hasBurst ? { burst } : {}),
      ...(priority === 8 ? {} : { priority }),
    });
  } catch (error) {
    if (!(error instanceof RouterValueError)) throw error;
    return null;
  }
}

/** One form for all that mean the same; null for what is none. */
export function canonicalRate(text: string | null | undefined): string | null {
  if (!text) return null;
  try {
    const { priority, ...limit } = parseRateLimit(text);
    return formatRateLimit(priority === 8 ? limit : { ...limit, priority });
  } catch (error) {
    if (!(error instanceof RouterValueError)) throw error;
    return null;
  }
}
