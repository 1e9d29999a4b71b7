import { mkdir, realpath } from 'node:fs/promises';
import { type Readiness, readiness, socketUrl } from './connection.ts';
import { errorCode } from './error-code.ts';
import { busy } from './folder-busy.ts';
import { type Owner, OwnerLock, readOwner } from './owner-lock.ts';
import { PostgresFault } from './postgres-fault.ts';
import { openServer } from './server.ts';
import { until } from './wait.ts';

/** The built-in PostgreSQL of a data folder, running. Disposing stops it. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection string for pg, over a private unix socket. */
  readonly url: string;
  /** Whether this process runs the server, or merely connects to another's. */
  readonly owned: boolean;
  /** Resolves with an error if an owned server ends by itself, and with undefined once stopped. */
  readonly exited: Promise<Error | undefined>;
  /** Stops an owned server and gives the folder back; leaves another's alone. Harmless when done twice. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Folder that holds all state of the installation; made if missing. */
  readonly dataDir: string;
  /** Made if missing; `nadi` by default. */
  readonly database?: string;
  /** PostgreSQL settings beside, or instead of, the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Receives what is worth telling the operator, a plain line each. */
  readonly log?: (line: string) => void;
  /** What to do while another process runs this folder. */
  readonly onBusy: 'refuse' | 'connect';
  /** How others are told who runs the folder; `nadi` by default. */
  readonly command?: string;
  /** RFC 3339: lets others be told since when. */
  readonly since?: string;
  /**
   * The server goes on when this process ends without having stopped it, and whoever starts it next with the same settings takes it
   * over as it runs.
   */
  readonly outlives?: boolean;
}

const otherOwnerMs = 60_000;

/**
 * Starts the built-in PostgreSQL on `<dataDir>/postgres`, whatever state a killed predecessor left behind, and
 * returns once it accepts connections. The server survives a signal to our terminal and ends with this process.
 * @throws {FolderBusyError} when another process owns the folder and `onBusy` says refuse.
 * @throws {PostgresFault} when the operator has to change something: permissions, place, platform.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = await dataFolder(options.dataDir);
  const database = options.database ?? 'nadi';
  if (options.onBusy === 'connect' && readOwner(dataDir)?.outlives) {
    // Its owner may just be exchanged: whoever took the lock now would have to end it.
    const running = await attach(dataDir, database);
    if (running !== undefined) return running;
  }
  const handle = await until(
    async () => {
      const lock = OwnerLock.take(dataDir, describeOwner(options));
      if (lock !== undefined) return await own(lock, dataDir, database, options);
      if (options.onBusy === 'refuse') throw busy(dataDir);
      return await attach(dataDir, database);
    },
    { timeoutMs: otherOwnerMs, everyMs: 50 },
  );
  if (handle === undefined) throw busy(dataDir, 'and does not answer');
  return handle;
}

async function own(lock: OwnerLock, dataDir: string, database: string, options: EmbeddedOptions) {
  try {
    const server = await openServer({
      dataDir,
      database,
      settings: options.settings ?? {},
      log: options.log ?? (() => undefined),
      outlives: options.outlives ?? false,
    });
    lock.publish(server.socket);
    const stop = async () => {
      await server.stop();
      lock.release();
    };
    const url = socketUrl(server.socket, database);
    return { url, owned: true, exited: server.exited, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Undefined while the other owner is not ready yet, or is gone. */
async function attach(dataDir: string, database: string): Promise<EmbeddedPostgres | undefined> {
  const socket = readOwner(dataDir)?.socket;
  if (socket === undefined) return undefined;
  const answer: Readiness = await readiness(socket, database);
  if (answer !== 'ready') return undefined;
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  const stop = async () => resolve(undefined);
  return {
    url: socketUrl(socket, database),
    owned: false,
    exited: promise,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function dataFolder(path: string): Promise<string> {
  try {
    // As root the server has another account, which has to pass through but not look in.
    await mkdir(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    return await realpath(path);
  } catch (cause) {
    const known = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(errorCode(cause) ?? '');
    throw known
      ? new PostgresFault(`${path} cannot be used as the data folder: ${String(cause)}`, { cause })
      : cause;
  }
}

function describeOwner(options: EmbeddedOptions): Owner {
  const { since, outlives } = options;
  return {
    pid: process.pid,
    command: options.command ?? 'nadi',
    ...(since === undefined ? {} : { since }),
    ...(outlives ? { outlives } : {}),
  };
}
