import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Inherited } from '#supervised';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { openState } from '../state/open-state.ts';
import { readJournal } from '../transaction/journal.ts';
import { controlOf } from './ask-agent.ts';
import { type Handler, openControl } from './control.ts';
import { lockSupervision } from './lock.ts';
import { type Patience, usualPatience } from './patience.ts';
import { ownPostgres } from './postgres.ts';
import type { Program } from './program.ts';
import { localServing, type ServedTree, type Serving } from './serving.ts';
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
  /** What is to serve, as the installation stands. */
  readonly tree: () => ServedTree;
  /** How a tree's server is started; told the address of the built-in PostgreSQL. */
  readonly programOf: (tree: ServedTree, databaseUrl: string | undefined) => Program;
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
  readonly serving: Serving;
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
  cleanup.use(lockSupervision(folder, otherMs));
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
  const hasPostgres = postgres !== undefined;
  const around = { db, clock, folder, sockets, hasPostgres, environment, patience, tell };
  const supervisor = await Supervisor.open(around);
  const stopping = new AbortController();
  const asked = Promise.withResolvers<Ending>();
  const programOf = (tree: ServedTree) => options.programOf(tree, postgres?.url);
  const serving = localServing(supervisor, programOf, () => asked.resolve('restart'));
  cleanup.use(
    await openControl(
      controlOf(folder),
      {
        ...options.handlers?.(supervisor),
        'GET /status': async () => statusOf(supervisor, hasPostgres, stopping.signal.aborted),
        // For whoever puts another database into its place, and takes the data folder meanwhile.
        'POST /postgres/stop': async () => postgres?.stop(),
        'POST /postgres/start': async () => postgres?.start(),
        'POST /switch': async (body, signal) => serving.switchTo(treeIn(body), signal),
        'POST /prove': async (body, signal) => serving.prove(treeIn(body), signal),
        'POST /maintain': async (_body, signal) => serving.maintain(signal),
        'POST /drained': async () => serving.drained(),
        'POST /restart': async () => serving.restart(),
        'POST /stop': async () => asked.resolve('stop'),
      },
      tell,
    ),
  );
  const keeping = keepSettled(options, { db, serving, signal: stopping.signal }, () =>
    supervisor.keep(programOf(options.tree())),
  );
  const how = await Promise.race([told, asked.promise]);
  stopping.abort();
  await keeping;
  if (how === 'restart') await supervisor.leave();
  else {
    await supervisor.stop();
    await postgres?.end();
  }
  return how;
}

/** Who only looks whether there is one has the lock for a moment. */
const otherMs = 1000;
/** Looks at every second whether somebody works on the installation; and after a failure, which a person may have to look into. */
const lookEveryMs = 1000;
const afterFailureMs = 30_000;

/** Has what lies in the tree serve, but not while somebody changes it: whoever does says what serves, and what he leaves half done is settled. */
async function keepSettled(
  { settle, tell }: Supervised,
  settling: Settling,
  keepInUse: () => Promise<void>,
): Promise<void> {
  const { db, signal } = settling;
  let isSettled = false;
  let waitMs = lookEveryMs;
  do {
    if (isSettled && readJournal(db) === undefined) continue;
    try {
      isSettled = settle === undefined || (await settle(settling));
      // Nothing may come between its answer and this.
      if (isSettled) await keepInUse();
      waitMs = lookEveryMs;
    } catch (error) {
      isSettled = false;
      waitMs = afterFailureMs;
      tell(error instanceof Error ? error.message : String(error));
    }
  } while (await delay(waitMs, true, { signal }).catch(() => false));
}

const treeShape = z.strictObject({
  version: z.string().max(200),
  folder: z.string().startsWith('/').max(4096),
});

function treeIn(body: unknown): ServedTree {
  const read = treeShape.safeParse(body);
  if (read.success) return read.data;
  throw new AgentError('bad_request', {
    en: 'A version and a folder are to be named.',
    id: 'Versi dan folder harus disebutkan.',
  });
}
