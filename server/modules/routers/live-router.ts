import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import {
  equals,
  interfaces,
  itemsOf,
  pppActive,
  pppProfiles,
  pppSecrets,
  type RouterConnection,
  readIdentity,
  readResource,
} from '#routeros';
import { findActiveRouter, type RouterRow } from './queries.ts';
import { routerTrouble, withRouter } from './with-router.ts';

/** The router that is meant. @throws {AppError} no_router */
async function routerMeant(kit: Kit, id: string | undefined): Promise<RouterRow> {
  const row = await findActiveRouter(kit.db, id);
  if (!row) throw new AppError('no_router');
  return row;
}

/** Works on the router that is meant. @throws {AppError} no_router, router_trouble with what is in the way */
export async function onRouter<T>(
  kit: Kit,
  id: string | undefined,
  work: (connection: RouterConnection, router: RouterRow) => Promise<T>,
): Promise<T> {
  const router = await routerMeant(kit, id);
  return onThisRouter(kit, router, (connection) => work(connection, router));
}

/** Works on a router, also one that is switched off here. @throws {AppError} router_trouble with what is in the way */
export async function onThisRouter<T>(
  kit: Kit,
  router: RouterRow,
  work: (connection: RouterConnection) => Promise<T>,
): Promise<T> {
  try {
    return await withRouter(kit, router, work);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('router_trouble', { message: routerTrouble(error) });
  }
}

/** Tries to sign in. @throws {AppError} no_router */
export async function testRouter(kit: Kit, id: string | undefined, language: 'en' | 'id') {
  const router = await routerMeant(kit, id);
  try {
    const identity = await withRouter(kit, router, readIdentity);
    const message = { en: 'The router answers.', id: 'Router menjawab.' };
    return { success: true, identity, message: message[language] };
  } catch (error) {
    return { success: false, identity: null, message: routerTrouble(error)[language] };
  }
}

export async function readSystem(on: RouterConnection) {
  const { uptime, version, ...resource } = await readResource(on);
  return {
    uptime: seconds(uptime),
    version: version || null,
    cpu_load: resource['cpu-load'] ?? 0,
    free_memory: resource['free-memory'] ?? 0,
    total_memory: resource['total-memory'] ?? 0,
    free_hdd: resource['free-hdd-space'] ?? 0,
    total_hdd: resource['total-hdd-space'] ?? 0,
    architecture: resource['architecture-name'] || null,
    board_name: resource['board-name'] || null,
  };
}

const counters = ['rx-byte', 'tx-byte', 'rx-packet', 'tx-packet'] as const;
const interfaceFields = ['name', 'type', 'comment', 'disabled', 'running', 'dynamic', ...counters] as const;

export async function readInterfaces(on: RouterConnection, name?: string) {
  const rows = await itemsOf(on, interfaces).print({
    fields: interfaceFields,
    ...(name === undefined ? {} : { where: equals('name', name) }),
  });
  return rows.map((row) => ({
    ...row,
    'rx-byte': Number(row['rx-byte'] ?? 0n),
    'tx-byte': Number(row['tx-byte'] ?? 0n),
    'rx-packet': Number(row['rx-packet'] ?? 0n),
    'tx-packet': Number(row['tx-packet'] ?? 0n),
  }));
}

/** @throws {AppError} not_found */
export async function readInterfaceTraffic(on: RouterConnection, name: string) {
  const [found] = await readInterfaces(on, name);
  if (!found) throw new AppError('not_found');
  return {
    name: found.name,
    rx_byte: found['rx-byte'],
    tx_byte: found['tx-byte'],
    rx_packet: found['rx-packet'],
    tx_packet: found['tx-packet'],
  };
}

export async function readSessions(on: RouterConnection) {
  const rows = await itemsOf(on, pppActive).print({
    fields: ['name', 'service', 'caller-id', 'address', 'uptime', 'radius'],
  });
  return rows.map((row) => ({ ...row, uptime: seconds(row.uptime) }));
}

export async function readProfiles(on: RouterConnection) {
  const rows = await itemsOf(on, pppProfiles).print({
    fields: ['name', 'local-address', 'remote-address', 'rate-limit', 'address-list', 'only-one', 'comment'],
  });
  return [...rows];
}

export async function readSecrets(on: RouterConnection) {
  const rows = await itemsOf(on, pppSecrets).print({
    fields: [
      'name',
      'service',
      'profile',
      'local-address',
      'remote-address',
      'comment',
      'disabled',
      'last-logged-out',
    ],
  });
  return [...rows];
}

function seconds(milliseconds: number | null | undefined): number | null {
  return milliseconds == null ? null : Math.floor(milliseconds / 1000);
}
