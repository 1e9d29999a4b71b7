import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { type Clock, instantText, localDate, systemClock } from '#kit/clock.ts';
import type { Config } from '#kit/config.ts';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { openKit } from '#kit/open-kit.ts';
import { dropEverything, faultsOfBooks, readDemoFigures } from '../demo/books-queries.ts';
import { administrator, staff } from '../demo/found.ts';
import { makeHistory } from '../demo/make-history.ts';
import { type Marker, readMarker, writeMarker, writeWhole } from '../demo/marker.ts';
import { connectRouters } from '../demo/set-up-routers.ts';
import { payOnline, placeOf, simulateMidtrans, withDemoGateway } from '../demo/simulate-payments.ts';
import { type Place, simulateRouters } from '../demo/simulate-routers.ts';
import { type Plot, timeZone } from '../demo/story.ts';
import { providerEdition } from '../editions/provider.ts';
import { findUserByEmail, issueToken } from '../modules/identity/index.ts';
import { configOf, type DataOption, type Process } from './context.ts';
import { startProgress } from './progress.ts';
import { listenFault, serve } from './serve.ts';

export interface DemoOptions extends DataOption {
  readonly port?: string;
  readonly readyFile?: string;
  /** How many subscribers, and how many days of history: 500 and a year. */
  readonly subscribers?: number;
  readonly days?: number;
  readonly clock?: Clock;
}

const command = 'nadi demo';

/**
 * Makes a provider with a history, or goes on with the one in the folder, and serves it until the process is told to
 * stop. Returns the exit code. It has its own folder and built-in database, and mails nobody.
 * @throws {UserError} when the folder holds something else, or the port is in use.
 */
export async function demo(process: Process, options: DemoOptions): Promise<number> {
  const readyFile = options.readyFile === undefined ? undefined : resolve(process.cwd, options.readyFile);
  if (readyFile !== undefined) rmSync(readyFile, { force: true });
  const clock = options.clock ?? systemClock;
  await using midtrans = await simulateMidtrans();
  const config = withDemoGateway(configOfDemo(process, options), midtrans);
  await refuseTakenPort(config);
  const marker = readMarker(config.dataDir) ?? { demo: 'being made', plot: newPlot(clock, options) };
  await using routers = await simulateRouters();
  if (!(await bringUpToDate(process, config, marker, clock, routers.places))) return 0;
  await using open = await openKit(config, { onBusy: 'refuse', command, clock });
  const token = await issueDemoToken(open.kit);
  return await serve(process, open, {
    edition: 'provider',
    roles: new Set(['api', 'worker', 'poller']),
    whenReady: async (url) => {
      tellSignIn(process, url, routers.places);
      process.terminal.print(`  ${'midtrans'.padEnd(14)}  ${midtrans.url}  ${placeOf(midtrans).server_key}`);
      await payOnline(midtrans, url, token);
      const ready = {
        provider: { url, ...administrator, token },
        routers: routers.places,
        midtrans: placeOf(midtrans),
      };
      if (readyFile !== undefined) writeWhole(readyFile, `${JSON.stringify(ready)}\n`, 0o600);
    },
  });
}

/** A demo never touches a real database and never writes to real people, whatever the environment says. */
function configOfDemo(process: Process, options: DemoOptions): Config {
  const config = configOf(process, options, 'data/demo');
  if (config.databaseUrl !== undefined)
    process.terminal.note('The demo uses a PostgreSQL of its own; yours is not touched.');
  return { ...config, databaseUrl: undefined, mail: undefined, readOnly: false };
}

function newPlot(clock: Clock, { subscribers = 500, days }: DemoOptions): Plot {
  const today = localDate(clock.now(), timeZone);
  const start = days === undefined ? today.subtract({ years: 1 }) : today.subtract({ days });
  return { start: start.toString(), days: start.until(today).days, subscribers };
}

/** Lives the days that are missing up to today; false when told to stop in the middle. */
async function bringUpToDate(
  process: Process,
  config: Config,
  marker: Marker,
  clock: Clock,
  places: readonly Place[],
): Promise<boolean> {
  const { terminal, signal } = process;
  // What a power cut would lose here is made again, so nothing waits for the disk.
  const settings = { synchronous_commit: 'off' };
  await using open = await openKit(
    { ...config, logLevel: 'warn' },
    { onBusy: 'refuse', command, clock, settings },
  );
  // Only now, when nobody else has the folder.
  const fresh = marker.demo === 'being made';
  if (fresh) {
    writeMarker(config.dataDir, marker);
    await dropEverything(open.kit.db);
  }
  await migrateAll(open.kit);
  const lived = fresh ? undefined : await lastLived(open.kit, marker);
  const months = fresh ? 'Living a year at Nusa Net' : 'Living the days since';
  let progress: ReturnType<typeof startProgress> | undefined;
  const last = await makeHistory(open.kit, {
    plot: marker.plot,
    lived,
    signal,
    onDay: (done, total, date) => {
      progress ??= startProgress(terminal, months, total);
      progress.to(done, date);
    },
  });
  if (signal.aborted) {
    terminal.note(fresh ? 'Stopped. The next start begins anew.' : 'Stopped.');
    return false;
  }
  progress?.finish();
  await connectRouters(open.kit, providerEdition(open.kit), places);
  await tellBooks(process, open.kit);
  writeMarker(config.dataDir, {
    ...marker,
    demo: 'finished',
    ...(last === undefined ? {} : { lived: last }),
  });
  return true;
}

/** The demo may have served for days after its history was made, and run its billing meanwhile. */
async function lastLived(kit: Kit, { lived = '' }: Marker): Promise<string> {
  const { last_run: run } = await readDemoFigures(kit.db);
  return run !== null && run > lived ? run : lived;
}

async function tellBooks({ terminal }: Process, kit: Kit): Promise<void> {
  const faults = await faultsOfBooks(kit.db);
  if (faults.length > 0) throw new Error(`The books of the demo do not add up: ${faults.join('; ')}.`);
  const figures = await readDemoFigures(kit.db);
  terminal.note(
    `Nusa Net: ${figures.customers} customers (${figures.active} active, ${figures.suspended} suspended, ${figures.ended} ended), ` +
      `${figures.invoices} invoices, ${figures.payments} payments. The books add up.`,
  );
}

async function issueDemoToken(kit: Kit): Promise<string> {
  return inTransaction(kit.db, async (tx) => {
    const admin = await findUserByEmail(tx, administrator.email);
    if (admin === undefined) throw new Error(`The demo has lost its administrator ${administrator.email}.`);
    const expiresAt = instantText(kit.clock.now().add({ hours: 24 * 365 }));
    return (await issueToken(kit, tx, systemAuthor('demo'), { userId: admin.id, name: 'demo', expiresAt }))
      .plain;
  });
}

function tellSignIn({ terminal }: Process, url: string, places: readonly Place[]): void {
  terminal.print(`Sign in at ${url} – look at ${url}/docs`);
  const rows = [{ ...administrator, role: 'owner' }, ...staff];
  for (const { role, email, password } of rows)
    terminal.print(`  ${role.padEnd(8)}  ${email.padEnd(22)}  ${password}`);
  for (const { name, host, port, username, password } of places)
    terminal.print(`  ${`router ${name}`.padEnd(14)}  ${host}:${port}  ${username}  ${password}`);
  terminal.print('Everybody knows these passwords: keep the demo to yourself. Ctrl-C stops it.');
}

/** Better told before a year is lived than after. */
async function refuseTakenPort({ host, port }: Config): Promise<void> {
  const probe = createServer();
  const { promise, resolve: free, reject } = Promise.withResolvers<void>();
  probe.once('error', (error) => reject(listenFault(error, host, port)));
  probe.listen({ host, port }, () => free());
  await promise;
  await new Promise((done) => probe.close(done));
}
