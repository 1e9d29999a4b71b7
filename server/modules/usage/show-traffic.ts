import { setTimeout as delay } from 'node:timers/promises';
import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import {
  type Commander,
  equals,
  hotspotActive,
  itemsOf,
  pppActive,
  pppoeLinks,
  readTraffic,
  simpleQueues,
} from '#routeros';
import { markOf, onRouter } from '../routers/index.ts';
import { findLine } from './session-queries.ts';

/** Milliseconds between the two looks at counters that the router gives no rate of. */
const betweenMs = 1000;

interface Traffic {
  readonly online: boolean;
  readonly upload_bps: number;
  readonly download_bps: number;
  /** Milliseconds of the longest session. */
  readonly uptime: number | null;
  readonly address: string | null;
}

const nobody: Traffic = { online: false, upload_bps: 0, download_bps: 0, uptime: null, address: null };

/** What passes through a subscriber's line now, asked of the router. @throws {AppError} not_found, no_router, router_trouble */
export async function showTraffic(kit: Kit, subscriptionId: string) {
  const line = await findLine(kit.db, subscriptionId);
  if (!line) throw new AppError('not_found');
  const { kind, username, router_id: router } = line;
  const { uptime, ...traffic } = await onRouter(kit, router ?? undefined, (on) => {
    if (kind === 'static') return queueTraffic(on, subscriptionId);
    if (username === null) return Promise.resolve(nobody);
    return kind === 'hotspot' ? hotspotTraffic(on, username) : pppoeTraffic(on, username);
  });
  const since = uptime === null ? null : instantText(kit.clock.now().subtract({ milliseconds: uptime }));
  return { ...traffic, since };
}

/** All sessions of the user together. */
async function pppoeTraffic(on: Commander, user: string): Promise<Traffic> {
  const [links, active] = await Promise.all([
    itemsOf(on, pppoeLinks).print({ where: equals('user', user), fields: ['name', 'uptime', 'running'] }),
    itemsOf(on, pppActive).print({ where: equals('name', user), fields: ['address'] }),
  ]);
  const running = links.filter((link) => link.running);
  if (running.length === 0) return nobody;
  const rates = await Promise.all(running.map(({ name }) => readTraffic(on, name)));
  return {
    online: true,
    upload_bps: sum(rates.map((rate) => Number(rate?.['rx-bits-per-second'] ?? 0n))),
    download_bps: sum(rates.map((rate) => Number(rate?.['tx-bits-per-second'] ?? 0n))),
    uptime: Math.max(...running.map((link) => link.uptime ?? 0)),
    address: active[0]?.address || null,
  };
}

async function hotspotTraffic(on: Commander, user: string): Promise<Traffic> {
  const look = () =>
    itemsOf(on, hotspotActive).print({
      where: equals('user', user),
      fields: ['address', 'uptime', 'bytes-in', 'bytes-out'],
    });
  const first = await look();
  if (first.length === 0) return nobody;
  const began = performance.now();
  await delay(betweenMs);
  const second = new Map((await look()).map((row) => [row['.id'], row]));
  const passed = (performance.now() - began) / 1000;
  const rate = (counter: 'bytes-in' | 'bytes-out') =>
    sum(
      first.map((row) => {
        const [before, after] = [row[counter] ?? 0n, second.get(row['.id'])?.[counter] ?? 0n];
        return after > before ? Math.round((Number(after - before) * 8) / passed) : 0;
      }),
    );
  return {
    online: true,
    upload_bps: rate('bytes-in'),
    download_bps: rate('bytes-out'),
    uptime: Math.max(...first.map((row) => row.uptime ?? 0)),
    address: first[0]?.address || null,
  };
}

/** A static address has no session: it counts as online while something passes. */
async function queueTraffic(on: Commander, subscriptionId: string): Promise<Traffic> {
  const [queue] = await itemsOf(on, simpleQueues).print({
    where: equals('comment', markOf(subscriptionId)),
    fields: ['target', 'rate'],
  });
  const { upload = 0, download = 0 } = queue?.rate ?? {};
  return {
    online: upload + download > 0,
    upload_bps: upload,
    download_bps: download,
    uptime: null,
    address: queue?.target.replace(/\/32$/, '') || null,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
