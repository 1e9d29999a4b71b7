import type { Database } from '../databases/database.ts';
import type { Hook } from '../hooks/run-hook.ts';

/** An installation that the agent looks after, as its owner set it up. */
export interface Installation {
  /** The tree of the application. */
  readonly root: string;
  /** The agent's own folder, on the same file system. */
  readonly folder: string;
  /** Never touched, with all below them. */
  readonly excluded: readonly string[];
  readonly databases: readonly Database[];
  readonly hooks: {
    readonly maintenanceOn?: Hook;
    readonly maintenanceOff?: Hook;
    readonly migrate?: Hook;
    readonly afterUpdate: readonly Hook[];
    readonly health?: Hook;
  };
  /** Given to every hook. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What an update does, as it stands in the journal. */
export interface UpdateInput {
  readonly version: string;
  readonly previous: string;
  readonly changes: readonly {
    readonly action: 'create' | 'update' | 'delete';
    readonly path: string;
    readonly executable?: boolean;
  }[];
  readonly hasMigrations: boolean;
  /** The old code can run on the new schema: going back leaves the databases alone (decisions.md, Updates). */
  readonly isCompatible: boolean;
  /** Where the new files lie: `new/<n>` of the n-th change. */
  readonly stage: string;
}
