import type { Server } from 'node:http';
import { buildApp } from '#kit/app.ts';
import { UserError } from '#kit/errors.ts';
import { captiveServer } from '#kit/http/captive.ts';
import { startWorker } from '#kit/jobs.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import type { OpenKit } from '#kit/open-kit.ts';
import type { Edition } from '../editions/edition.ts';
import { type Process, versionOf } from './context.ts';
import { type ServingInherited, serveInherited } from './serve-inherited.ts';

export interface ServeOptions {
  readonly edition: Edition['name'];
  readonly roles: ReadonlySet<string>;
  /** Runs once everything answers, told the address. */
  readonly whenReady?: (url: string) => Promise<void>;
}

/**
 * Serves an opened installation until the process is told to stop, then drains: no new connections, requests and
 * jobs in hand finish. With sockets that somebody else holds it listens on these, once told to where it is to stand by; and since others
 * go on serving, its clients are given the time to come to them. Returns the exit code: 0 after a stop, 1 when the built-in
 * database ended by itself.
 */
export async function serve(process: Process, open: OpenKit, options: ServeOptions): Promise<number> {
  const { kit } = open;
  await using cleanup = new AsyncDisposableStack();
  const applied = await migrateAll(kit);
  if (applied.length > 0) kit.log.info({ migrations: applied }, 'database migrated');
  const edition = await buildEdition(options.edition, open);
  let accepting = true;
  let serving: ServingInherited | undefined;
  const isBuiltIn = kit.config.databaseUrl === undefined;
  const work = async (isAlone: boolean) => {
    if (!options.roles.has('worker')) return;
    cleanup.adopt(await startWorker(kit, edition.jobs, isAlone || isBuiltIn), (worker) => worker.stop());
  };
  const isApi = options.roles.has('api');
  // One that stands by does nothing yet that could not be taken back.
  if (!isApi || process.inherited?.standByAt === undefined) await work(false);
  if (isApi) {
    const app = await buildApp(kit, edition, { limitRates: true, accepting: () => accepting });
    cleanup.defer(() => app.close());
    const captive = edition.modules.find((module) => module.captive !== undefined)?.captive;
    // What only starting needed is given back before anybody is served: an eighth of the memory (./nadi bench start).
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    const isolir = captive === undefined ? undefined : captiveServer(app, captive);
    if (process.inherited === undefined) {
      const url = await listen(app, kit.config.host, kit.config.port);
      if (isolir !== undefined && kit.config.isolirPort !== undefined)
        cleanup.defer(await listenForCaptives(isolir, kit.config.isolirPort));
      process.terminal.note(`Nadi (${edition.name}) is ready at ${url} – API documentation at ${url}/docs`);
      await options.whenReady?.(url);
    } else {
      const servers = new Map([['http', app.server], ...(isolir ? [['isolir', isolir] as const] : [])]);
      const { repository, inherited } = process;
      serving = cleanup.use(await serveInherited(app, servers, inherited, versionOf(repository), work));
      process.terminal.note(`Nadi (${edition.name}) is ready on the sockets it was given`);
    }
  } else process.terminal.note(`Nadi (${edition.name}) is working: ${[...options.roles].join(', ')}`);
  const lost = await Promise.race([
    open.databaseLost.then((error) => error ?? true),
    aborted(process.signal),
    ...(serving === undefined ? [] : [serving.told]),
  ]);
  accepting = false;
  if (lost === undefined) {
    process.terminal.note('Stopping: finishing what is in hand …');
    return 0;
  }
  process.terminal.note('The built-in PostgreSQL ended by itself; see log/postgres.log in the data folder.');
  return 1;
}

/** Only the edition that runs is loaded. */
async function buildEdition(name: Edition['name'], { kit }: OpenKit): Promise<Edition> {
  return name === 'vendor'
    ? (await import('../editions/vendor.ts')).vendorEdition(kit)
    : (await import('../editions/provider.ts')).providerEdition(kit);
}

async function listen(
  app: Awaited<ReturnType<typeof buildApp>>,
  host: string,
  port: number,
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw listenFault(error, host, port);
  }
}

/** On every address, since customers come by another way than the staff. Gives back what closes it. */
async function listenForCaptives(server: Server, port: number): Promise<() => Promise<void>> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error) => reject(listenFault(error, 'ISOLIR_PORT', port)));
  server.listen(port, () => resolve());
  await promise;
  return () =>
    new Promise((closed) => {
      server.close(() => closed());
      server.closeIdleConnections();
    });
}

/** Why a port could not be had, in words where it is a known reason. */
export function listenFault(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new UserError(
      `Port ${port} is in use on ${host}. Stop what uses it, or choose another with --port.`,
    );
  }
  if (code === 'EACCES')
    return new UserError(`Port ${port} needs more rights. Choose one above 1023 with --port.`);
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') {
    return new UserError(`HOST=${host} is not an address of this machine.`);
  }
  return error;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (signal.aborted) resolve(undefined);
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  return promise;
}
