import { StandingFaults, type Striking } from '../standing-faults.ts';
import type { Row } from './table.ts';

/** What goes wrong as a connection is made or while it lasts. */
export type ConnectionEffect =
  /** It is accepted, and nothing it sends is ever answered. */
  | { readonly do: 'hang' }
  /** It is reset as it comes. */
  | { readonly do: 'refuse' }
  /** What the router sends goes out in pieces of so many bytes. */
  | { readonly do: 'split'; readonly bytes: number }
  /** What the router sends is gathered for so long and goes out at once. */
  | { readonly do: 'coalesce'; readonly milliseconds: number }
  /** It is reset once the router has sent so many bytes. */
  | { readonly do: 'reset after bytes'; readonly bytes: number }
  /** Bytes that are no sentence are sent first. */
  | { readonly do: 'garbage'; readonly bytes: Uint8Array };

/** What goes wrong with a command. */
export type CommandEffect =
  /** The answer takes so long. */
  | { readonly do: 'delay'; readonly milliseconds: number }
  /** It is done, but never answered. */
  | { readonly do: 'answer nothing' }
  /** The connection is reset before it is done, or after: the client cannot tell which. */
  | { readonly do: 'reset'; readonly when: 'before' | 'after' }
  | { readonly do: 'trap'; readonly message: string; readonly category?: string }
  /** `!fatal` with a reason, and the router closes. */
  | { readonly do: 'fatal'; readonly message: string }
  /** A change is answered as done, and is not done. */
  | { readonly do: 'lie' }
  /** A `print` shows the table as it was when the fault was made; it needs `command` as a text. */
  | { readonly do: 'stale' }
  /** A `print` rests so long after each row. */
  | { readonly do: 'slow print'; readonly milliseconds: number }
  /** Bytes that are no sentence go out before the answer. */
  | { readonly do: 'garble'; readonly bytes: Uint8Array };

export interface FaultOptions extends Striking {
  /** For commands: the path, such as `/ppp/secret/set`, or what it is like; any unless given. */
  readonly command?: string | RegExp;
  /** The number of a connection, counted from 1; any unless given. */
  readonly connection?: number;
}

export type Fault = (ConnectionEffect | CommandEffect) & FaultOptions;

/** What was struck: the effect, and what the router showed when the fault was made. */
export interface Strike<Effect> {
  readonly effect: Effect;
  readonly before: readonly Row[] | undefined;
}

/** A fault, with what the router showed when it was made. */
type Made = Fault & { readonly before?: readonly Row[] | undefined };

const isCommandEffect = (fault: Fault): fault is CommandEffect & FaultOptions =>
  ['delay', 'answer nothing', 'reset', 'trap', 'fatal', 'lie', 'stale', 'slow print', 'garble'].includes(
    fault.do,
  );

/** The faults that are switched on. */
export class Faults {
  readonly #standing = new StandingFaults<Made>();
  readonly #snapshot: (command: string) => readonly Row[];

  /** `snapshot` gives the rows that a `print` of that path shows. */
  constructor(snapshot: (command: string) => readonly Row[]) {
    this.#snapshot = snapshot;
  }

  /** Switches a fault on; what it gives back switches it off. */
  add(fault: Fault): () => void {
    return this.#standing.add({
      ...fault,
      before: fault.do === 'stale' ? this.#snapshot(pathOf(fault)) : undefined,
    });
  }

  clear(): void {
    this.#standing.clear();
  }

  /** What befalls a connection that is made now. */
  ofConnection(connection: number): readonly ConnectionEffect[] {
    return this.#standing.striking(
      (fault): fault is ConnectionEffect & FaultOptions =>
        !isCommandEffect(fault) && meets(fault, connection),
    );
  }

  /** What befalls a command that is received now. */
  ofCommand(path: string, connection: number): readonly Strike<CommandEffect>[] {
    return this.#standing
      .striking(
        (fault): fault is Made & CommandEffect =>
          isCommandEffect(fault) && meets(fault, connection) && named(fault, path),
      )
      .map((effect) => ({ effect, before: effect.before }));
  }
}

function pathOf({ command }: Fault): string {
  if (typeof command !== 'string') throw new Error('A stale print needs the path of its command.');
  return command.replace(/^\//, '');
}

const meets = ({ connection }: Fault, number: number) => connection === undefined || connection === number;

const named = ({ command }: Fault, path: string) =>
  command === undefined ||
  (typeof command === 'string' ? command.replace(/^\//, '') === path : command.test(`/${path}`));
