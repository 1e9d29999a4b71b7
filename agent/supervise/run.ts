import { join } from 'node:path';
import type { Inherited } from '#supervised';
import type { Clock } from '../clock.ts';
import { openState } from '../state/open-state.ts';
import { type Handler, openControl } from './control.ts';
import { lockSupervision } from './lock.ts';
import { type Patience, usualPatience } from './patience.ts';
import { type OwnedPostgres, ownPostgres } from './postgres.ts';
import type { Program } from './program.ts';
import { holdSockets, type Place } from './sockets.ts';
import { Supervisor } from './supervisor.ts';

export interface Supervised {
  /** The agent's own folder. */
  readonly folder: string;
  readonly places: readonly Place[];
  /** The data folder whose built-in PostgreSQL is run; undefined where the installation has another database. */
  readonly dataDir?: string | undefined;
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** What is to serve, as the tree stands; told the address of the built-in PostgreSQL. */
  readonly program: (databaseUrl: string | undefined) => Program;
  /** Finishes or undoes what an agent before left half done. */
  readonly settle?: (supervisor: Supervisor) => Promise<void>;
  readonly inherited?: Inherited | undefined;
  /** Of the servers, beside what their programs have. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly patience?: Patience;
  readonly tell: (line: string) => void;
  /** Further requests that are answered on the control socket, such as those of the update pages. */
  readonly handlers?: (supervisor: Supervisor) => Readonly<Record<string, Handler>>;
}

/** How it was told to end: `stop` ends all it looks after, `restart` leaves all of it to the next agent. */
export type Ending = 'stop' | 'restart';

/**
 * Looks after an installation until it is told to end: its PostgreSQL, its sockets and its servers, which all go on where this process is
 * killed, and are found again. `told` says how to end; so can the control socket.
 * @throws {AgentError} supervised where another agent does this, and what its parts refuse
 */
export async function supervise(options: Supervised, told: Promise<Ending>): Promise<Ending> {
  const { folder, clock, tell, environment } = options;
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(lockSupervision(folder));
  const { db } = cleanup.use(openState(folder));
  const sockets = await holdSockets(options.places, options.inherited);
  for (const socket of sockets) cleanup.use(socket);
  const postgres =
    options.dataDir === undefined
      ? undefined
      : await ownPostgres({
          dataDir: options.dataDir,
          clock,
          tell,
          ...(options.postgresSettings === undefined ? {} : { settings: options.postgresSettings }),
        });
  const patience = options.patience ?? usualPatience;
  const supervisor = await Supervisor.open({ db, clock, folder, sockets, environment, patience, tell });
  const asked = Promise.withResolvers<Ending>();
  cleanup.use(
    await openControl(
      join(folder, 'run', 'control.sock'),
      {
        ...options.handlers?.(supervisor),
        'GET /status': async () => statusOf(supervisor, postgres),
        // For whoever puts another database into its place, and takes the data folder meanwhile.
        'POST /postgres/stop': async () => postgres?.stop(),
        'POST /postgres/start': async () => postgres?.start(),
        'POST /restart': async () => asked.resolve('restart'),
        'POST /stop': async () => asked.resolve('stop'),
      },
      tell,
    ),
  );
  const ending = Promise.race([told, asked.promise]);
  await options.settle?.(supervisor);
  await supervisor.keep(options.program(postgres?.url));
  const how = await ending;
  if (how === 'restart') await supervisor.leave();
  else {
    await supervisor.stop();
    await postgres?.end();
  }
  return how;
}

function statusOf(supervisor: Supervisor, postgres: OwnedPostgres | undefined): unknown {
  return {
    agent: process.pid,
    wanted: supervisor.wanted?.version,
    has_postgres: postgres !== undefined,
    servers: supervisor.list().map(({ phase, program, pid, startedAt }) => ({
      phase,
      version: program.version,
      pid,
      started_at: startedAt,
    })),
  };
}
