import type { Program } from './program.ts';
import type { Supervisor } from './supervisor.ts';

/** A tree that can serve, and the version that its server is to tell of itself. It stands so in the journal. */
export interface ServedTree {
  readonly version: string;
  readonly folder: string;
}

/** What an update asks of whoever looks after the servers: the agent itself, or the one that runs meanwhile (remote-serving.ts). */
export interface Serving {
  /** What should be serving; undefined where nobody looks after the installation. */
  current(): Promise<ServedTree | undefined>;
  /** Has the tree serve in the place of what does, with no request lost. Nothing is done where it does. */
  switchTo(tree: ServedTree, signal?: AbortSignal): Promise<void>;
  /** Answers everybody with 503, and returns once nothing of the application is at work any more. */
  maintain(signal?: AbortSignal): Promise<void>;
  /** Sees that the tree could serve. */
  prove(tree: ServedTree, signal?: AbortSignal): Promise<void>;
  /** Returns once no server but the serving one is left. */
  drained(): Promise<void>;
  /** Has the agent start anew, from the tree that is in use by then. */
  restart(): Promise<void>;
}

/** Where the agent itself has the servers. */
export function localServing(
  supervisor: Supervisor,
  programOf: (tree: ServedTree) => Program,
  restart: () => void,
): Serving {
  return {
    async current() {
      const { wanted } = supervisor;
      return wanted && { version: wanted.version, folder: wanted.folder };
    },
    switchTo: (tree, signal) => supervisor.switchTo(programOf(tree), signal),
    maintain: (signal) => supervisor.maintain(signal),
    prove: (tree, signal) => supervisor.prove(programOf(tree), signal),
    drained: () => supervisor.drained(),
    restart: async () => restart(),
  };
}
