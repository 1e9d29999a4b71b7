import type { DatabaseSync } from 'node:sqlite';
import type { Vault } from '../backups/vault.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../databases/database.ts';
import type { Hook } from '../hooks/run-hook.ts';
import type { FileChange } from '../layouts/before.ts';
import { currentOf } from '../layouts/releases.ts';
import type { Serving } from '../supervise/serving.ts';
import type { Change } from '../supervise/steps.ts';
import type { HealthCheck } from './health.ts';

/** An installation, and what the agent works on it with. */
export interface Agent {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly installation: Installation;
}

/** How an installation is backed up. */
export interface BackupPlan {
  readonly vault: Vault;
  /** 32 bytes; without it nothing is encrypted. */
  readonly key?: Uint8Array;
  /** Paths below the root that are not part of it. */
  readonly excluded: readonly string[];
  /** BACKUP_RETENTION: so many of the newest stay. */
  readonly keep: number;
  /** Days after which one is no longer kept; without it only their count matters. */
  readonly days?: number;
  /** So long one may take. */
  readonly seconds: number;
}

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
  /** Folders of a release that the next one shares by second names: what is in them is replaced, and never written to. */
  readonly linked?: readonly string[];
  readonly databases: readonly Database[];
  readonly backups: BackupPlan;
  /** MAINTENANCE_MODE_DURING_UPDATE: `auto`, as it is unless told, only where what is written meanwhile could be lost. */
  readonly maintenance?: 'auto' | 'always' | 'never';
  /** ROLLBACK_TIMEOUT in seconds, from when its backup is there: what is not committed by then is undone. 300 unless told (spec 2). */
  readonly rollbackSeconds?: number;
  readonly hooks: {
    readonly maintenanceOn?: Hook;
    readonly maintenanceOff?: Hook;
    /** Runs in a release that is built, before anything else is touched: brings what it needs. In place, in the new files. */
    readonly prepare?: Hook;
    readonly migrate?: Hook;
    readonly afterUpdate: readonly Hook[];
    readonly health?: HealthCheck;
  };
  /** Whoever looks after its servers, where the agent does that. */
  readonly serving?: Serving;
  /** Given to every hook. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the application runs. */
export const treeOf = ({ root, layout }: Installation): string =>
  layout?.is === 'releases' ? currentOf(root) : root;

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
  /** Which trees serve before and after, where the agent has the servers. */
  readonly serving?: Change;
}
