import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Inherited } from '#supervised';
import type { Clock } from '../clock.ts';
import { openState } from '../state/open-state.ts';
import { readJournal } from '../transaction/journal.ts';
import { controlOf } from './ask-agent.ts';
import { type Handler, openControl } from './control.ts';
import { lockSupervision } from './lock.ts';
import { type Patience, usualPatience } from './patience.ts';
import { ownPostgres } from './postgres.ts';
import type { Program } from './program.ts';
import { holdSockets, type Place } from './sockets.ts';
import { statusOf } from './status.ts';
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
  /**
   * Finishes or undoes what somebody left half done to the installation; false where another process is at it, and the tree is not to
   * be served as it stands. Asked at the start, and again while it is so.
   */
  readonly settle?: (settling: Settling) => Promise<boolean>;
  readonly inherited?: Inherited | undefined;
  /** Of the servers, beside what their programs have. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly patience?: Patience;
  readonly tell: (line: string) => void;
  /** Further requests that are answered on the control socket, such as those of the update pages. */
  readonly handlers?: (supervisor: Supervisor) => Readonly<Record<string, Handler>>;
}

export interface Settling {
  readonly db: DatabaseSync;
  readonly supervisor: Supervisor;
  readonly signal: AbortSignal;
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
  const stopping = new AbortController();
  const asked = Promise.withResolvers<Ending>();
  cleanup.use(
    await openControl(
      controlOf(folder),
      {
        ...options.handlers?.(supervisor),
        'GET /status': async () => statusOf(supervisor, postgres !== undefined, stopping.signal.aborted),
        'POST /restart': async () => asked.resolve('restart'),
        'POST /stop': async () => asked.resolve('stop'),
      },
      tell,
    ),
  );
  const keeping = keepSettled(options, { db, supervisor, signal: stopping.signal }, () =>
    options.program(postgres?.url),
  );
  const how = await Promise.race([told, asked.promise]);
  stopping.abort();
  await keeping;
  if (how === 'restart') await supervisor.leave();
  else {
    await supervisor.stop();
    await postgres?.stop();
  }
  return how;
}

/** Looks at every second whether somebody works on the installation; and after a failure, which a person may have to look into. */
const lookEveryMs = 1000;
const afterFailureMs = 30_000;

/** Has what lies in the tree serve, but not while somebody changes it: whoever does says what serves, and what he leaves half done is settled. */
async function keepSettled(
  { settle, tell }: Supervised,
  settling: Settling,
  program: () => Program,
): Promise<void> {
  const { db, supervisor, signal } = settling;
  let isSettled = false;
  let waitMs = lookEveryMs;
  do {
    if (isSettled && readJournal(db) === undefined) continue;
    try {
      isSettled = settle === undefined || (await settle(settling));
      // Nothing may come between its answer and this.
      if (isSettled) await supervisor.keep(program());
      waitMs = lookEveryMs;
    } catch (error) {
      isSettled = false;
      waitMs = afterFailureMs;
      tell(error instanceof Error ? error.message : String(error));
    }
  } while (await delay(waitMs, true, { signal }).catch(() => false));
}
