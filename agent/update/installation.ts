import type { Database } from '../databases/database.ts';
import type { Hook } from '../hooks/run-hook.ts';
import type { FileChange } from '../layouts/before.ts';
import type { HealthCheck } from './health.ts';

/** An installation that the agent looks after, as its owner set it up. */
export interface Installation {
  /** The tree of the application; in the layout of releases the folder that holds `releases`, `current` and `shared`. */
  readonly root: string;
  /** The agent's own folder, on the same file system. */
  readonly folder: string;
  /** Files of one tree are replaced where they stand, or each release is a tree of its own, of which the last few are kept. In place unless told. */
  readonly layout?: { readonly is: 'in-place' } | { readonly is: 'releases'; readonly keep: number };
  /** Never touched, with all below them. */
  readonly excluded: readonly string[];
  readonly databases: readonly Database[];
  /** MAINTENANCE_MODE_DURING_UPDATE: `auto`, as it is unless told, only where what is written meanwhile could be lost. */
  readonly maintenance?: 'auto' | 'always' | 'never';
  /** ROLLBACK_TIMEOUT in seconds: what is not committed by then is undone. 300 unless told (spec 2). */
  readonly rollbackSeconds?: number;
  readonly hooks: {
    readonly maintenanceOn?: Hook;
    readonly maintenanceOff?: Hook;
    readonly migrate?: Hook;
    readonly afterUpdate: readonly Hook[];
    readonly health?: HealthCheck;
  };
  /** Given to every hook. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What an update does, as it stands in the journal. */
export interface UpdateInput {
  readonly version: string;
  readonly previous: string;
  readonly changes: readonly FileChange[];
  readonly hasMigrations: boolean;
  /** The old code can run on the new schema: going back leaves the databases alone (decisions.md, Updates). */
  readonly isCompatible: boolean;
  /** Where the new files lie: `new/<n>` of the n-th change. What else it holds is the transaction's own. */
  readonly stage: string;
  /** `--no-backup`: nothing is copied first, and databases cannot go back. */
  readonly skipsBackup?: boolean;
  /** Only these components are taken: the version stays. */
  readonly components?: readonly string[];
}
