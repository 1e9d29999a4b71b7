import { join } from 'node:path';
import { findBinaries, forgetOthers, isOwnProgram, linkLibraries, ownBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { type Readiness, readiness } from './connection.ts';
import { clearStaleFiles, runningAs, stopOrphans } from './orphans.ts';
import { launcherFor, serverIdentity } from './privileges.ts';
import { forgetReplaced, settleReplacement } from './replace.ts';
import { openRunFolder } from './run-folder.ts';
import { ServerLog } from './server-log.ts';
import { ServerProcess } from './server-process.ts';
import { settingArguments } from './settings.ts';
import { until } from './wait.ts';

/** A server that accepts connections. */
export interface Server {
  /** Folder of its socket. */
  readonly socket: string;
  readonly exited: Promise<Error | undefined>;
  stop(): Promise<void>;
}

/** Until the server opens its socket. */
const startMs = 30_000;
/** For replaying what a crash left in the write-ahead log, during which the server answers "starting". */
const recoveryMs = 15 * 60_000;
const quietRecoveryMs = 2_000;

interface Opening {
  readonly dataDir: string;
  readonly database: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  /** It goes on when this process ends, and one that runs already just as it would be started is taken over. */
  readonly outlives: boolean;
}

/** Runs the server of a data folder. Only for the owner of the folder. */
export async function openServer(opening: Opening): Promise<Server> {
  const { dataDir, database, settings, log, outlives } = opening;
  const clusterDir = join(dataDir, 'postgres');
  settleReplacement(dataDir);
  const identity = await serverIdentity(clusterDir);
  const binaries = outlives ? await ownBinaries(findBinaries(), dataDir) : findBinaries();
  const run = await openRunFolder(dataDir, identity);
  const programs = [binaries.initdb, binaries.postgres];
  const launcher = await launcherFor(identity, programs, [dataDir, run.libraries]);

  const command = [binaries.postgres, '-D', clusterDir, ...settingArguments(run.socket, settings)];
  // Another version of it goes on, too: it is replaced when it ends, so that nobody loses a connection by an update.
  const isOurs = (program: string) => isOwnProgram(program, dataDir);
  const running = outlives ? await runningAs(clusterDir, command, isOurs) : undefined;
  const environment = {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(running === undefined ? await linkLibraries(binaries, run.libraries) : {}),
  };
  if (running === undefined) {
    await stopOrphans(clusterDir, log);
    if (outlives) await forgetOthers(binaries);
    await clearStaleFiles(clusterDir, run.socket);
    const tools = { initdb: binaries.initdb, launcher, identity, environment };
    await ensureCluster(clusterDir, tools, { durable: settings.fsync !== 'off', log });
  }

  const output = await ServerLog.open(join(dataDir, 'log'));
  const server =
    running === undefined
      ? ServerProcess.start({ command, launcher, environment, output, outlives })
      : ServerProcess.takeOver(running);
  const exited = server.ended.then(async (how) => {
    const said = await output.tail();
    await output.close();
    return server.stopping
      ? undefined
      : new Error(`PostgreSQL ${how}. Its log (${output.path}) ends:\n${said}`);
  });
  const stop = async () => {
    await server.stop();
    await exited;
    await run.discard();
  };
  try {
    await waitUntilReady(async () => await readiness(run.socket, database), exited, log);
  } catch (error) {
    await stop();
    throw error;
  }
  await forgetReplaced(dataDir);
  return { socket: run.socket, exited, stop };
}

async function waitUntilReady(
  ask: () => Promise<Readiness>,
  exited: Promise<Error | undefined>,
  log: (line: string) => void,
): Promise<void> {
  let death: Error | undefined;
  void exited.then((error) => {
    death = error ?? new Error('PostgreSQL was stopped while it started');
  });
  const askUntil = async (wanted: readonly Readiness[], timeoutMs: number) => {
    const attempt = async () => {
      if (death !== undefined) throw death;
      const answer = await ask();
      return wanted.includes(answer) ? answer : undefined;
    };
    return await until(attempt, { timeoutMs, everyMs: 20 });
  };
  const first = await askUntil(['ready', 'starting'], startMs);
  if (first === undefined) throw new Error(`PostgreSQL did not open its socket within ${startMs / 1000} s`);
  if (await askUntil(['ready'], quietRecoveryMs)) return;
  log('PostgreSQL is recovering from a crash; this can take minutes');
  if (await askUntil(['ready'], recoveryMs)) return;
  throw new Error(`PostgreSQL did not recover within ${recoveryMs / 60_000} minutes`);
}
