import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, instantText } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { beginningOf } from '../hooks/process-identity.ts';
import { ask } from './ask.ts';
import { end, type Launched, launch } from './launch.ts';
import { maintenanceVersion } from './maintenance.ts';
import type { Patience } from './patience.ts';
import type { Program } from './program.ts';
import { addServer, forgetServer, listServers, nextServer, type ServerRow } from './servers.ts';
import type { HeldSocket } from './sockets.ts';

export interface Supervision {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  /** The agent's own folder. */
  readonly folder: string;
  readonly sockets: readonly HeldSocket[];
  /** The database is the built-in one, on which nobody else works. */
  readonly hasPostgres: boolean;
  /** What the servers find in theirs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly patience: Patience;
  /** Told in a line of what happens to the servers. */
  readonly tell: (line: string) => void;
}

/** A server of the installation that runs. */
export interface Server extends Launched {
  readonly id: number;
  readonly program: Program;
  readonly standBy: string;
}

/** Starts it so that it stands by, and has `work` done with it; ends it where that fails. */
export async function startBeside(
  around: Supervision,
  program: Program,
  signal: AbortSignal,
  work: (server: Server) => Promise<void>,
): Promise<Server> {
  const { db, clock, folder, sockets } = around;
  const id = nextServer(db);
  const standBy = join(folder, 'run', `${id}.sock`);
  refuseLong(standBy);
  const startedAt = instantText(clock.now());
  const { environment } = around;
  const place = { standBy, log: join(folder, 'server.log'), environment };
  const launched = launch(program, sockets, place, ({ pid, begun }) =>
    addServer(db, { id, program, pid, begun, standBy, startedAt }),
  );
  const server: Server = { ...launched, id, program, standBy };
  try {
    await waitUntilReady(around.patience, server, signal);
    await work(server);
    return server;
  } catch (error) {
    await end(server, 0);
    forgetServer(db, id);
    throw error;
  }
}

/** Waits until it says that it is ready and which version it is. */
async function waitUntilReady(patience: Patience, server: Server, signal: AbortSignal): Promise<void> {
  const { startMs, askMs, answerMs } = patience;
  const limit = performance.now() + startMs;
  let isGone = false;
  void server.ended.then(() => {
    isGone = true;
  });
  for (;;) {
    signal.throwIfAborted();
    if (isGone) throw notReady(server.program, 'it ended', 'program itu berakhir');
    const answer = await ask(server.standBy, 'GET', '/readyz', answerMs);
    if (answer?.status === 200) {
      if (answer.version === server.program.version) return;
      throw notReady(
        server.program,
        `it says that it is ${answer.version}`,
        `program itu mengaku versi ${answer.version}`,
      );
    }
    if (performance.now() > limit)
      throw notReady(
        server.program,
        `it was not ready within ${startMs / 1000} seconds`,
        `belum siap dalam ${startMs / 1000} detik`,
      );
    await delay(askMs);
  }
}

/** Whether others of its kind are at work yet is told with it, where their database is nobody else's. */
export async function tellToServe(around: Supervision, server: Server): Promise<void> {
  const { db, hasPostgres, patience } = around;
  const isAlone = hasPostgres && !listServers(db).some((row) => row.id !== server.id && isAtWork(row));
  const answer = await ask(server.standBy, 'POST', `/serve?alone=${isAlone ? 1 : 0}`, patience.answerMs);
  if (answer?.status !== 200)
    throw notReady(server.program, 'it does not listen', 'program itu tidak membuka port');
}

const isAtWork = ({ program, pid, begun }: ServerRow): boolean =>
  program.version !== maintenanceVersion && beginningOf(pid) === begun;

/** `sun_path` of unix(7) and unix(4), less its closing NUL. */
const longestPath = process.platform === 'darwin' ? 103 : 107;

function refuseLong(path: string): void {
  if (Buffer.byteLength(path) <= longestPath) return;
  throw new AgentError('path_long', {
    en: `The agent’s folder has too long a path for a socket (${path}). Choose a shorter one.`,
    id: `Jalur folder agen terlalu panjang untuk soket (${path}). Pilih yang lebih pendek.`,
  });
}

function notReady({ version }: Program, en: string, id: string): AgentError {
  return new AgentError('server_not_ready', {
    en: `The server of ${version} did not come up: ${en}. What it said is in server.log of the agent’s folder.`,
    id: `Server versi ${version} tidak mau jalan: ${id}. Pesannya ada di server.log dalam folder agen.`,
  });
}
