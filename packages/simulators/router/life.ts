import { parseSpan } from './formats.ts';
import { Hotspot } from './hotspot.ts';
import { Pools } from './pools.ts';
import { type Dialled, PppSessions } from './ppp.ts';
import type { Dial, Session } from './session-rows.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';

/** A customer's device that dials by itself, again whenever it was refused or dropped. */
export interface Cpe extends Dial {
  /** Seconds it waits before it dials again. */
  readonly redialSeconds?: number;
}

interface Device {
  readonly cpe: Cpe;
  dueAt: number;
}

/** What happens in the router by itself: devices dial, limits end sessions, entries with a timeout go. */
export class Life {
  readonly ppp: PppSessions;
  readonly hotspot: Hotspot;
  readonly #world: World;
  /** Those that are connected are not in it. */
  readonly #waiting = new Set<Device>();
  readonly #connected = new Map<string, Device>();
  readonly #ending = new Map<Row, number>();
  #awayUntil: number | undefined;
  /** When the first of those that wait dials. */
  #nextDial = Infinity;
  #lived: number;

  constructor(world: World) {
    this.#world = world;
    this.#lived = world.time.milliseconds;
    const pools = new Pools(world);
    this.ppp = new PppSessions(world, pools);
    this.hotspot = new Hotspot(world, pools);
    this.ppp.onEnd((session) => this.#hungUp(session));
    const entries = world.table('ip/firewall/address-list');
    entries.watch((row, dead) => {
      const seconds = parseSpan(row.values.timeout ?? '');
      if (dead || seconds === undefined) this.#ending.delete(row);
      else this.#ending.set(row, world.time.milliseconds + seconds * 1000);
    });
  }

  /** Whether the router is restarting. */
  get away(): boolean {
    return this.#awayUntil !== undefined;
  }

  connect(dial: Dial): Dialled {
    return this.away ? { refusal: 'router away' } : this.ppp.dial(dial);
  }

  /** From now on the device dials whenever it is not connected. */
  plug(cpe: Cpe): void {
    this.#wait({ cpe, dueAt: this.#world.time.milliseconds });
  }

  /** Takes a device away, and with it the session; one that never was is passed over. */
  unplug(username: string): void {
    for (const device of this.#waiting) if (device.cpe.username === username) this.#waiting.delete(device);
    for (const [id, device] of this.#connected) {
      if (device.cpe.username !== username) continue;
      this.#connected.delete(id);
      this.ppp.end(id, 'peer is not responding');
    }
  }

  /** Lets happen what is due; true if time has passed since the last call. */
  tick(): boolean {
    const now = this.#world.time.milliseconds;
    const passed = now > this.#lived;
    this.#lived = now;
    if (this.#awayUntil !== undefined && now >= this.#awayUntil) this.#boot();
    if (this.away) return passed;
    if (this.#nextDial <= now) this.#dialAll(now);
    if (passed) this.hotspot.tick();
    for (const [row, until] of this.#ending)
      if (until <= now) this.#world.table('ip/firewall/address-list').delete(row);
    return passed;
  }

  /** All sessions are lost and the router is away for so many seconds of its time. */
  shutDown(seconds: number): void {
    this.#awayUntil = this.#world.time.milliseconds + seconds * 1000;
    for (const { id } of this.ppp.all()) this.ppp.end(id, 'router rebooted');
    this.hotspot.endAll('router rebooted');
  }

  #boot(): void {
    this.#awayUntil = undefined;
    const world = this.#world;
    world.bootedAt = world.time.milliseconds;
    for (const { rx, tx } of world.traffic.values()) {
      rx.reset();
      tx.reset();
    }
    // The log is in memory, and entries with a timeout are no configuration.
    for (const row of [...world.table('log').rows()]) world.table('log').delete(row);
    for (const row of [...this.#ending.keys()]) world.table('ip/firewall/address-list').delete(row);
    world.log('system,info', 'router rebooted');
  }

  #dialAll(now: number): void {
    this.#nextDial = Infinity;
    for (const device of this.#waiting) {
      const { session } = device.dueAt <= now ? this.ppp.dial(device.cpe) : {};
      if (session !== undefined) {
        this.#waiting.delete(device);
        this.#connected.set(session.id, device);
        continue;
      }
      if (device.dueAt <= now) device.dueAt = now + wait(device);
      this.#nextDial = Math.min(this.#nextDial, device.dueAt);
    }
  }

  #hungUp({ id }: Session): void {
    const device = this.#connected.get(id);
    if (device === undefined) return;
    this.#connected.delete(id);
    device.dueAt = Math.max(this.#world.time.milliseconds, this.#awayUntil ?? 0) + wait(device);
    this.#wait(device);
  }

  #wait(device: Device): void {
    this.#waiting.add(device);
    this.#nextDial = Math.min(this.#nextDial, device.dueAt);
  }
}

const wait = ({ cpe }: Device) => (cpe.redialSeconds ?? 10) * 1000;
