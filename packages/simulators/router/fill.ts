import { type Traffic, traffic } from './counter.ts';
import { dateText, hash, macOf, spanText, timeText } from './formats.ts';
import type { Row, Table } from './table.ts';
import type { World } from './world.ts';

/** A row of a table with the initial values of what is not given. */
export function initialValues(table: Table, given: Readonly<Record<string, string>>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, { initial }] of Object.entries(table.definition.properties)) {
    const value = given[name] ?? initial;
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** Adds a row as the router's own maker would have: nothing is checked, what is not given is as it is at first. */
export function insertRow(table: Table, given: Readonly<Record<string, string>>, live?: Row['live']): Row {
  return table.insert(initialValues(table, given), live);
}

/** What an interface tells of its counters. */
export const trafficLive = ({ rx, tx }: Traffic) => ({
  'rx-byte': () => String(rx.bytes),
  'tx-byte': () => String(tx.bytes),
  'rx-packet': () => String(rx.packets),
  'tx-packet': () => String(tx.packets),
});

/** What a queue tells of its counters: what the customer sends comes first. */
export const queueLive = ({ rx, tx }: Traffic) => ({
  bytes: () => `${rx.bytes}/${tx.bytes}`,
  packets: () => `${rx.packets}/${tx.packets}`,
  rate: () => `${rx.rate}/${tx.rate}`,
});

export interface Account {
  readonly name: string;
  readonly password: string;
  /** `full`, unless given: `read` may change nothing. */
  readonly group?: string;
}

/** The router as it stands on the shelf: its own rows, five ethernet ports and who may log in. */
export function fill(world: World, identity: string, accounts: readonly Account[]): void {
  const { time, version } = world;
  const table = (path: string) => world.table(path);
  insertRow(table('system/identity'), { name: identity });
  insertRow(table('system/resource'), resource(world), {
    uptime: () => spanText((time.milliseconds - world.bootedAt) / 1000),
    'cpu-load': () => String(3 + (Math.floor(time.milliseconds / 10_000) % 23)),
    'free-memory': () => String(900_000_000 - table('ppp/active').size * 20_000),
  });
  insertRow(table('system/routerboard'), {
    'serial-number': hash(identity).toString(16).toUpperCase(),
    'current-firmware': version.name,
    'upgrade-firmware': version.name,
  });
  insertRow(
    table('system/clock'),
    {},
    {
      time: () => timeText(time.milliseconds),
      date: () => dateText(time.milliseconds, version.isoDates),
    },
  );
  for (const path of ['radius/incoming', 'ppp/aaa']) insertRow(table(path), {});
  if (version.major === 6) insertRow(table('system/health'), {});
  else {
    insertRow(table('system/health'), { name: 'voltage', value: '24.1', type: 'V' });
    insertRow(table('system/health'), { name: 'temperature', value: '38', type: 'C' });
  }
  for (const group of ['read', 'write', 'full']) insertRow(table('user/group'), { name: group });
  for (const { name, password, group = 'full' } of accounts)
    insertRow(table('user'), { name, password, group });
  for (const name of ['default', 'default-encryption'])
    insertRow(table('ppp/profile'), { name, default: 'true' });
  insertRow(table('ip/hotspot/user/profile'), { name: 'default', default: 'true' });
  for (const number of [1, 2, 3, 4, 5]) port(world, `ether${number}`, number === 1 ? 2_000_000 : 64_000);
  world.log('system,info', 'router rebooted');
}

function resource({ version }: World): Record<string, string> {
  return {
    version: version.full,
    'build-time': version.isoDates ? '2025-11-04 09:38:17' : 'Nov/04/2025 09:38:17',
  };
}

function port(world: World, name: string, rate: number): void {
  const counters = traffic(world.time, rate, rate / 2);
  const row = insertRow(
    world.table('interface'),
    { name, 'default-name': name, 'mac-address': macOf(name), 'last-link-up-time': world.dateTime() },
    trafficLive(counters),
  );
  world.traffic.set(row.id, counters);
}
