import type { ServerRow } from './servers.ts';
import type { ServedTree } from './serving.ts';
import type { Supervisor } from './supervisor.ts';

/** What is told of the agent. */
export interface Status {
  /** Its process. */
  readonly agent: number;
  readonly wanted: string | undefined;
  /** What should be serving, and where it lies. */
  readonly serves: ServedTree | undefined;
  readonly has_postgres: boolean;
  /** It was told to end, and finishes what is in hand. */
  readonly ending: boolean;
  readonly servers: readonly {
    readonly phase: ServerRow['phase'];
    readonly version: string;
    readonly pid: number;
    readonly started_at: string;
  }[];
}

export function statusOf(supervisor: Supervisor, hasPostgres: boolean, isEnding: boolean): Status {
  const { wanted } = supervisor;
  return {
    agent: process.pid,
    wanted: wanted?.version,
    serves: wanted && { version: wanted.version, folder: wanted.folder },
    has_postgres: hasPostgres,
    ending: isEnding,
    servers: supervisor.list().map(({ phase, program, pid, startedAt }) => ({
      phase,
      version: program.version,
      pid,
      started_at: startedAt,
    })),
  };
}
