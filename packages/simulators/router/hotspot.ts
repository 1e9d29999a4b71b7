import { type Traffic, traffic } from './counter.ts';
import { insertRow, queueLive } from './fill.ts';
import { macOf, parseSpan, spanText } from './formats.ts';
import type { Pools } from './pools.ts';
import { limitRates, queueValues } from './rate-limit.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';

export type HotspotRefusal =
  | 'invalid username or password'
  | 'no more sessions are allowed'
  | 'no address'
  | 'limit reached';

interface Guest {
  readonly user: Row;
  readonly address: string;
  readonly startedAt: number;
  readonly traffic: Traffic;
  readonly rows: readonly (readonly [table: string, row: Row])[];
}

/** Guests of the hotspot: who logs in is a host and an active user until removed or at the end of a limit. */
export class Hotspot {
  readonly #world: World;
  readonly #pools: Pools;
  readonly #guests = new Map<string, Guest>();

  constructor(world: World, pools: Pools) {
    this.#world = world;
    this.#pools = pools;
  }

  get size(): number {
    return this.#guests.size;
  }

  /** Logs a guest in; gives the id of its row in /ip/hotspot/active, or why not. */
  login(
    name: string,
    password: string,
    mac = macOf(name),
  ): { readonly id?: string; readonly refusal?: HotspotRefusal } {
    const world = this.#world;
    const [user] = world.table('ip/hotspot/user').named(name);
    const refuse = (refusal: HotspotRefusal) => {
      world.log('hotspot,info,debug', `${name} (${mac}): login failed: ${refusal}`);
      return { refusal };
    };
    if (user === undefined || user.values.disabled === 'true' || (user.values.password ?? '') !== password)
      return refuse('invalid username or password');
    const profiles = world.table('ip/hotspot/user/profile');
    const profile =
      (profiles.named(user.values.profile ?? '')[0] ?? profiles.named('default')[0])?.values ?? {};
    const active = world.table('ip/hotspot/active').named(name).length;
    if (active >= Number(profile['shared-users'] ?? '1')) return refuse('no more sessions are allowed');
    const counters = userCounters(user);
    if (over(user, counters.uptime(), counters.bytes())) return refuse('limit reached');
    const [server] = world.table('ip/hotspot').rows();
    const pool = [profile['address-pool'], server?.values['address-pool']].find(
      (value) => value !== undefined && value !== 'none',
    );
    const address =
      user.values.address ?? (pool === undefined ? undefined : this.#pools.take(pool, 'hotspot', mac));
    if (address === undefined) return refuse('no address');
    return { id: this.#begin({ user, name, mac, address, limit: profile['rate-limit'] ?? '', server }) };
  }

  /** Logs a guest out by the id in /ip/hotspot/active; what was used stays counted with the user. */
  end(id: string, reason: string): void {
    const guest = this.#guests.get(id);
    if (guest === undefined) return;
    this.#guests.delete(id);
    const { user, traffic: used, rows, address, startedAt } = guest;
    for (const [path, row] of rows) this.#world.table(path).delete(row);
    this.#pools.give(address);
    const counters = userCounters(user);
    this.#world.table('ip/hotspot/user').update(user, {
      uptime: spanText(counters.uptime() + (this.#world.time.milliseconds - startedAt) / 1000),
      'bytes-in': String(counters.bytesIn() + used.rx.bytes),
      'bytes-out': String(counters.bytesOut() + used.tx.bytes),
    });
    this.#world.log('hotspot,info,debug', `${user.values.name} (${address}): logged out: ${reason}`);
  }

  /** Ends who is past a limit. */
  tick(): void {
    for (const [id, { user, traffic: used, startedAt }] of this.#guests) {
      const counters = userCounters(user);
      const seconds = counters.uptime() + (this.#world.time.milliseconds - startedAt) / 1000;
      if (over(user, seconds, counters.bytes() + used.rx.bytes + used.tx.bytes))
        this.end(id, 'limit reached');
    }
  }

  endAll(reason: string): void {
    for (const id of [...this.#guests.keys()]) this.end(id, reason);
  }

  #begin(login: {
    readonly user: Row;
    readonly name: string;
    readonly mac: string;
    readonly address: string;
    readonly limit: string;
    readonly server: Row | undefined;
  }): string {
    const { user, name, mac, address, limit } = login;
    const world = this.#world;
    const server = login.server?.values.name ?? 'hotspot1';
    const startedAt = world.time.milliseconds;
    const rates = limitRates(limit);
    const used = traffic(world.time, (rates?.[0] ?? 500_000) / 10, (rates?.[1] ?? 2_000_000) / 10);
    const live = {
      uptime: () => spanText((world.time.milliseconds - startedAt) / 1000),
      'bytes-in': () => String(used.rx.bytes),
      'bytes-out': () => String(used.tx.bytes),
    };
    const rows: (readonly [string, Row])[] = [];
    const row = (path: string, values: Record<string, string>, computed: Row['live']) => {
      const added = insertRow(world.table(path), values, computed);
      rows.push([path, added]);
      return added;
    };
    row('ip/hotspot/host', { 'mac-address': mac, address, 'to-address': address, server }, live);
    if (rates !== undefined)
      row('queue/simple', { ...queueValues(`<hotspot-${name}>`, limit), target: address }, queueLive(used));
    const active = row(
      'ip/hotspot/active',
      { user: name, address, 'mac-address': mac, server, 'login-by': 'http-chap' },
      {
        ...live,
        'packets-in': () => String(used.rx.packets),
        'packets-out': () => String(used.tx.packets),
      },
    );
    this.#guests.set(active.id, { user, address, startedAt, traffic: used, rows });
    world.log('hotspot,info,debug', `${name} (${address}): logged in`);
    return active.id;
  }
}

/** What the user has used before the sessions that are open. */
const userCounters = ({ values }: Row) => {
  const bytesIn = () => Number(values['bytes-in'] ?? '0');
  const bytesOut = () => Number(values['bytes-out'] ?? '0');
  return {
    uptime: () => parseSpan(values.uptime ?? '0s') ?? 0,
    bytesIn,
    bytesOut,
    bytes: () => bytesIn() + bytesOut(),
  };
};

function over({ values }: Row, seconds: number, bytes: number): boolean {
  const time = parseSpan(values['limit-uptime'] ?? '');
  const total = Number(values['limit-bytes-total'] ?? '0');
  return (time !== undefined && time > 0 && seconds >= time) || (total > 0 && bytes >= total);
}
