import { Faults } from './faults.ts';
import { Life } from './life.ts';
import type { Command } from './sentence.ts';
import { Counting } from './stats.ts';
import type { OnRemove } from './table-commands.ts';
import type { World } from './world.ts';

/** A router without its sockets: what every connection works on. */
export class Machine {
  readonly world: World;
  readonly life: Life;
  readonly faults: Faults;
  readonly stats = new Counting();
  readonly onRemove: OnRemove;
  /** How long it is away when it reboots, in seconds of its time. */
  readonly rebootSeconds: number;
  /** Called back whenever time has passed. */
  readonly ticks = new Set<() => void>();
  readonly #reboots = new Set<() => void>();

  constructor(world: World, rebootSeconds: number) {
    this.world = world;
    this.rebootSeconds = rebootSeconds;
    this.life = new Life(world);
    this.faults = new Faults((path) => world.table(path.replace(/\/(print|getall)$/, '')).snapshot());
    this.onRemove = new Map([
      ['ppp/active', (row) => this.life.ppp.end(row.id, 'administrator request')],
      ['ip/hotspot/active', (row) => this.life.hotspot.end(row.id, 'administrator request')],
    ]);
  }

  tick(): void {
    if (this.life.tick()) for (const ticked of this.ticks) ticked();
  }

  /** Tells the connections to go, ends the sessions, and is away. */
  reboot(seconds = this.rebootSeconds): void {
    this.life.shutDown(seconds);
    for (const reboot of this.#reboots) reboot();
    this.tick();
  }

  onReboot(reboot: () => void): () => void {
    this.#reboots.add(reboot);
    return () => this.#reboots.delete(reboot);
  }
}

/** How a command answers: each call is sentences without their tag. */
export interface Reply {
  readonly send: (...sentences: readonly string[][]) => void;
  /** Settles when more may be sent. */
  readonly drained: () => Promise<void>;
  /** Whether the client has cancelled the command or is gone. */
  readonly stopped: () => boolean;
  /** Calls back once, when it is. */
  readonly onStop: (stop: () => void) => void;
}

/** A command that is not of a table. One that gives `true` goes on until it is cancelled. */
export type SpecialCommand = (machine: Machine, command: Command, reply: Reply) => 'done' | 'goes on';
