import { type SimulatorClock, SimulatorTime, stillClock } from '../time.ts';
import { selfSigned } from './certificate.ts';
import type { Faults } from './faults.ts';
import { type Account, fill, insertRow } from './fill.ts';
import type { HotspotRefusal } from './hotspot.ts';
import type { Cpe } from './life.ts';
import { type Listener, listen } from './listener.ts';
import { Machine } from './machine.ts';
import type { Dialled } from './ppp.ts';
import type { Dial, Session } from './session-rows.ts';
import type { Stats } from './stats.ts';
import type { Row, Table } from './table.ts';
import { type Version, versions } from './version.ts';
import { type Limits, World } from './world.ts';

export interface RouterOptions {
  /** 7.20 unless given. */
  readonly version?: Version;
  readonly identity?: string;
  /** `admin` without a password unless given. Byte strings, as all text of the router. */
  readonly accounts?: readonly Account[];
  /** A clock that stands still unless given; `advance` goes on top of it. */
  readonly clock?: SimulatorClock;
  /** Lets what is due happen by itself so often; otherwise with each command and `tick`. */
  readonly tickEveryMilliseconds?: number;
  /** How long a reboot takes, in seconds of the router's time: 60 unless given. */
  readonly rebootSeconds?: number;
  readonly host?: string;
  /** Any free one unless given. */
  readonly port?: number;
  /** Also offers TLS, with a certificate of its own or without any. */
  readonly tls?: 'certificate' | 'anonymous';
  readonly cpe?: readonly Cpe[];
  /** Rows by the path of their table, as somebody configured them; what is not given is as at first. */
  readonly rows?: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
}

/** A simulated router that is switched on. */
export class Router implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  /** The certificate of `tls: 'certificate'`, as PEM. */
  readonly certificate: string | undefined;
  readonly #machine: Machine;
  readonly #listeners: readonly Listener[];
  readonly #timer: NodeJS.Timeout | undefined;

  /** Made by startRouter. */
  constructor(
    machine: Machine,
    clear: Listener,
    secure: Listener | undefined,
    options: { readonly host: string; readonly certificate: string | undefined; readonly every?: number },
  ) {
    this.#machine = machine;
    this.#listeners = secure === undefined ? [clear] : [clear, secure];
    this.host = options.host;
    this.port = clear.port;
    this.tlsPort = secure?.port;
    this.certificate = options.certificate;
    if (options.every !== undefined) this.#timer = setInterval(() => machine.tick(), options.every).unref();
  }

  get faults(): Faults {
    return this.#machine.faults;
  }

  get stats(): Stats {
    return this.#machine.stats;
  }

  get limits(): Limits {
    return this.#machine.world.limits;
  }

  /** The table of a menu; throws if there is none. What is done to it here is not checked as commands are. */
  table(path: string): Table {
    return this.#machine.world.table(path);
  }

  /** Adds a row as somebody might have by hand; what is not given is as at first. */
  insert(path: string, values: Readonly<Record<string, string>>): Row {
    return insertRow(this.table(path), values);
  }

  /** Lets a device dial once. */
  connect(dial: Dial): Dialled {
    this.tick();
    return this.#machine.life.connect(dial);
  }

  /** Lets a guest log in to the hotspot: the id in /ip/hotspot/active, or why not. */
  hotspotLogin(name: string, password: string): { readonly id?: string; readonly refusal?: HotspotRefusal } {
    this.tick();
    return this.#machine.life.hotspot.login(name, password);
  }

  /** From now on the device dials by itself whenever it is not connected. */
  plug(cpe: Cpe): void {
    this.#machine.life.plug(cpe);
    this.tick();
  }

  /** Takes the device away, and its session with it. */
  unplug(username: string): void {
    this.#machine.life.unplug(username);
  }

  /** The PPP sessions there are. */
  get sessions(): readonly Session[] {
    return this.#machine.life.ppp.all();
  }

  /** Ends a session as if the line had broken. */
  hangUp(session: Session): void {
    this.#machine.life.ppp.end(session.id, 'peer is not responding');
  }

  /** Lets happen what is due by the clock. */
  tick(): void {
    this.#machine.tick();
  }

  /** Moves the router's time on, and lets happen what is due. */
  advance(seconds: number): void {
    this.#machine.world.time.advance(seconds);
    this.tick();
  }

  /** Restarts as by /system/reboot: all sessions are lost, and it is away for so many seconds of its time. */
  reboot(seconds?: number): void {
    this.#machine.reboot(seconds);
  }

  /** Resets every connection to the API. */
  dropConnections(): void {
    for (const listener of this.#listeners) listener.drop();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Switches a router on: with its tables filled, its devices dialling and its API listening. */
export async function startRouter(options: RouterOptions = {}): Promise<Router> {
  const { version = '7.20', identity = 'MikroTik', host = '127.0.0.1' } = options;
  const world = new World(versions[version], new SimulatorTime(options.clock ?? stillClock));
  fill(world, identity, options.accounts ?? [{ name: 'admin', password: '' }]);
  const machine = new Machine(world, options.rebootSeconds ?? 60);
  for (const [path, rows] of Object.entries(options.rows ?? {}))
    for (const row of rows) insertRow(world.table(path), row);
  for (const cpe of options.cpe ?? []) machine.life.plug(cpe);
  machine.tick();
  const certificate = options.tls === 'certificate' ? selfSigned(identity) : undefined;
  const tls = certificate ?? (options.tls === 'anonymous' ? options.tls : undefined);
  const clear = await listen(machine, { host, port: options.port ?? 0 });
  const secure = tls === undefined ? undefined : await listen(machine, { host, port: 0, tls });
  return new Router(machine, clear, secure, {
    host,
    certificate: certificate?.cert,
    ...(options.tickEveryMilliseconds === undefined ? {} : { every: options.tickEveryMilliseconds }),
  });
}
