import type { Commander, RunOptions } from '../commander.ts';
import { print, readMenu } from '../item-commands.ts';
import type { Row } from '../reply.ts';
import { counter, duration, readOnly, text, whole } from './field.ts';
import { type Fields, type Menu, type Properties, parseProperties } from './menu.ts';

const identity = { path: '/system/identity', fields: { name: text } } as const;

const resource = {
  path: '/system/resource',
  fields: {
    uptime: duration,
    version: text,
    'build-time': text,
    'cpu-load': whole,
    'cpu-count': whole,
    cpu: text,
    'free-memory': whole,
    'total-memory': whole,
    'free-hdd-space': whole,
    'total-hdd-space': whole,
    'architecture-name': text,
    'board-name': text,
    platform: text,
  },
} as const;

/** Lines of the log. Their time is read by `parseRouterDate`. */
export const logLines = {
  path: '/log',
  fields: { time: readOnly(text), topics: readOnly(text), message: readOnly(text) },
} as const;

/** Sensors as a name and what it shows. */
export interface Sensor {
  readonly name: string;
  readonly value: string;
  /** `C`, `V`, `W` or `RPM` where the router tells it, as RouterOS 7 does. */
  readonly unit: string;
}

/** The name of the router. */
export async function readIdentity(on: Commander, options?: RunOptions): Promise<string> {
  return (await readSingle(on, identity, options)).name;
}

export type SystemResource = Properties<typeof resource.fields>;

/** Version, load, memory, disk and uptime (milliseconds). */
export function readResource(on: Commander, options?: RunOptions): Promise<SystemResource> {
  return readSingle(on, resource, options);
}

const olderSensors = [
  'voltage',
  'temperature',
  'cpu-temperature',
  'power-consumption',
  'fan1-speed',
  'fan2-speed',
];

/** Sensors: rows of a name and a value in RouterOS 7, properties of one row before. Boards without any have none. */
export async function readHealth(on: Commander, options?: RunOptions): Promise<readonly Sensor[]> {
  const rows = await print(on, '/system/health', {
    ...options,
    fields: ['name', 'value', 'type', ...olderSensors],
  });
  return rows.flatMap(sensorsOf);
}

function sensorsOf(row: Row): readonly Sensor[] {
  const { name, value, type = '' } = row;
  if (name !== undefined && value !== undefined) return [{ name, value, unit: type }];
  return olderSensors.flatMap((sensor) => {
    const shown = row[sensor];
    return shown === undefined ? [] : [{ name: sensor, value: shown, unit: '' }];
  });
}

const traffic = {
  path: '/interface/monitor-traffic',
  fields: {
    name: text,
    'rx-bits-per-second': counter,
    'tx-bits-per-second': counter,
    'rx-packets-per-second': counter,
    'tx-packets-per-second': counter,
  },
} as const;

export type TrafficRates = Properties<typeof traffic.fields>;

/** What passes through an interface about every second, as the router measures it, until the loop is left. */
export async function* monitorTraffic(
  on: Commander,
  interfaceName: string,
  options?: RunOptions,
): AsyncGenerator<TrafficRates, void, undefined> {
  const attributes = { interface: interfaceName };
  const rows = on.stream({ path: traffic.path, attributes, reads: true, endless: true }, options);
  for await (const row of rows) yield trafficRates(row);
}

/** The same once. Undefined if the router measured nothing. */
export async function readTraffic(
  on: Commander,
  interfaceName: string,
  options?: RunOptions,
): Promise<TrafficRates | undefined> {
  const attributes = { interface: interfaceName, once: '' };
  const { rows } = await on.run({ path: traffic.path, attributes, reads: true }, options);
  return rows[0] === undefined ? undefined : trafficRates(rows[0]);
}

function trafficRates(row: Row): TrafficRates {
  return parseProperties<typeof traffic.fields>(traffic, Object.keys(traffic.fields), row);
}

async function readSingle<Known extends Fields>(
  on: Commander,
  menu: Menu<Known>,
  options: RunOptions | undefined,
): Promise<Properties<Known>> {
  const names = Object.keys(menu.fields);
  const row = await readMenu(on, menu.path, { ...options, fields: names });
  return parseProperties<Known>(menu, names, row);
}
