import type { SimulatorTime } from '../time.ts';
import type { Traffic } from './counter.ts';
import { dateText, dateTimeText, timeText } from './formats.ts';
import { hotspotMenus } from './menus/hotspot.ts';
import { ipMenus } from './menus/ip.ts';
import { pppMenus } from './menus/ppp.ts';
import { systemMenus } from './menus/system.ts';
import { type Row, Table } from './table.ts';
import type { VersionFacts } from './version.ts';

/** What a busy router keeps of its log in memory. */
const mostLogRows = 1000;

/** Limits that a test may change while the router runs. */
export interface Limits {
  /** Connections to the API at once; one more is closed as it comes. */
  connections: number;
  /** PPP sessions at once, as a license has it. */
  sessions: number;
}

/** The router's tables and its time; everything that lives in it works on this. */
export class World {
  readonly version: VersionFacts;
  readonly time: SimulatorTime;
  readonly limits: Limits = { connections: Infinity, sessions: Infinity };
  /** By the id of the interface's row. */
  readonly traffic = new Map<string, Traffic>();
  bootedAt: number;
  readonly #tables: ReadonlyMap<string, Table>;

  constructor(version: VersionFacts, time: SimulatorTime) {
    this.version = version;
    this.time = time;
    this.bootedAt = time.milliseconds;
    const menus = [...pppMenus(version), ...ipMenus, ...hotspotMenus, ...systemMenus(version)];
    this.#tables = new Map(
      menus.map((menu) => [menu.path, new Table(menu, menu.path === 'ppp/active' ? 0x8000_0000 : 0)]),
    );
  }

  /** The table of a menu, with or without the leading slash; throws if the router has no such menu. */
  table(path: string): Table {
    const table = this.find(path.replace(/^\//, ''));
    if (table === undefined) throw new Error(`The simulated router has no menu ${path}.`);
    return table;
  }

  find(path: string): Table | undefined {
    return this.#tables.get(path);
  }

  tables(): MapIterator<Table> {
    return this.#tables.values();
  }

  /** The only row of a menu such as /system/identity. */
  single(path: string): Row {
    const [row] = this.table(path).rows();
    if (row === undefined) throw new Error(`${path} has no row.`);
    return row;
  }

  readonly hasName = (path: string, name: string) => this.table(path).named(name).length > 0;

  dateTime(at = this.time.milliseconds): string {
    return dateTimeText(at, this.version.isoDates);
  }

  /** Adds a line to /log; the oldest goes when there are too many. */
  log(topics: string, message: string): void {
    const table = this.table('log');
    table.insert({ topics, message, time: this.#logTime(this.time.milliseconds) });
    const [oldest] = table.size > mostLogRows ? table.rows() : [];
    if (oldest !== undefined) table.delete(oldest);
  }

  /** From 7.10 on with the date; before, only the time. */
  #logTime(at: number): string {
    return this.version.isoDates ? `${dateText(at, true)} ${timeText(at)}` : timeText(at);
  }
}
