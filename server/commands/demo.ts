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
import { type RunningProvider, rootOfProvider, runProvider } from '../demo/provider-under-agent.ts';
import { connectRouters } from '../demo/set-up-routers.ts';
import { payOnline, placeOf, simulateMidtrans, withDemoGateway } from '../demo/simulate-payments.ts';
import { type Place, simulateRouters } from '../demo/simulate-routers.ts';
import { type Plot, timeZone } from '../demo/story.ts';
import { bringVendorUpToDate, configOfVendor } from '../demo/vendor/bring-up.ts';
import { houseName, vendorAdministrator } from '../demo/vendor/house.ts';
import { demoPassphrase, keyFolder } from '../demo/vendor/keys.ts';
import { simulateFleet, type Vendor } from '../demo/vendor/simulate-fleet.ts';
import { providerEdition } from '../editions/provider.ts';
import { vendorHooks } from '../editions/vendor.ts';
import { findUserByEmail, issueToken } from '../modules/identity/index.ts';
import { configOf, type DataOption, type Process } from './context.ts';
import { startProgress } from './progress.ts';
import { listenFault } from './serve.ts';
import { type Served, serveTogether } from './serve-together.ts';

export interface DemoOptions extends DataOption {
  readonly port?: string;
  readonly readyFile?: string;
  /** How many subscribers, and how many days of history: 500 and a year. */
  readonly subscribers?: number;
  readonly days?: number;
  readonly clock?: Clock;
  /** The provider is an installation of its own that its agent runs, so that it can be updated from the vendor. */
  readonly agent?: boolean;
}

const command = 'nadi demo';

/**
 * Makes a provider with a history and the software house that licenses it, or goes on with those in the folder, and serves both until
 * the process is told to stop. Returns the exit code. Each has its own folder and built-in database, and mails nobody.
 * @throws {UserError} when the folder holds something else, or the port is in use.
 */
export async function demo(process: Process, options: DemoOptions): Promise<number> {
  const readyFile = options.readyFile === undefined ? undefined : resolve(process.cwd, options.readyFile);
  if (readyFile !== undefined) rmSync(readyFile, { force: true });
  const clock = options.clock ?? systemClock;
  await using midtrans = await simulateMidtrans();
  const config = withDemoGateway(configOfDemo(process, options), midtrans);
  await refuseTakenPort(config);
  const vendorConfig = configOfVendor(config, await portBeside(config));
  const marker = readMarker(config.dataDir) ?? { demo: 'being made', plot: newPlot(clock, options) };
  await using routers = await simulateRouters();
  const lived = await bringUpToDate(process, config, marker, clock, routers.places);
  if (lived === undefined) return 0;
  const vendor = await bringVendorUpToDate(process, vendorConfig, { vendor: lived.vendor, clock, command });
  if (vendor === undefined) {
    process.terminal.note('Stopped. The next start begins the software house anew.');
    return 0;
  }
  writeMarker(config.dataDir, { ...lived, vendor });
  const opening = { onBusy: 'refuse', command, clock } as const;
  await using cleanup = new AsyncDisposableStack();
  const openVendor = cleanup.use(await openKit(vendorConfig, opening));
  const vendorToken = await issueDemoToken(openVendor.kit, vendorAdministrator);
  const isUnderAgent = options.agent === true;
  const open = isUnderAgent ? undefined : cleanup.use(await openKit(config, opening));
  const token = await (open === undefined
    ? tokenOfClosed(config, opening)
    : issueDemoToken(open.kit, administrator));
  const servers: Served[] = [{ open: openVendor, edition: 'vendor' }];
  if (open !== undefined) servers.push({ open, edition: 'provider' });
  return await serveTogether(process, servers, async ([vendorUrl = '', ownUrl]) => {
    const url =
      ownUrl ?? cleanup.use(await runUnderAgent(process, config, openVendor.kit, vendor, vendorUrl)).url;
    tellSignIn(process, url, routers.places);
    process.terminal.print(`  ${'midtrans'.padEnd(14)}  ${midtrans.url}  ${placeOf(midtrans).server_key}`);
    tellVendor(process, vendorUrl, vendorConfig, vendor);
    process.terminal.print('Everybody knows these passwords: keep the demo to yourself. Ctrl-C stops it.');
    await payOnline(midtrans, url, token);
    await simulateFleet(process, openVendor.kit, vendor, vendorUrl);
    const ready = {
      provider: { url, ...administrator, token },
      routers: routers.places,
      midtrans: placeOf(midtrans),
      vendor: { url: vendorUrl, ...vendorAdministrator, token: vendorToken },
      installation: vendor.installation,
      ...(isUnderAgent ? { root: rootOfProvider(config) } : {}),
    };
    if (readyFile !== undefined) writeWhole(readyFile, `${JSON.stringify(ready)}\n`, 0o600);
  });
}

async function runUnderAgent(
  process: Process,
  config: Config,
  vendorKit: Kit,
  { installation }: Vendor,
  url: string,
): Promise<RunningProvider> {
  const { findCallers, hashKey } = vendorHooks(vendorKit).fleet;
  const pair = { agentCode: installation.agent_code, keyHash: hashKey(installation.license_key) };
  const [caller] = await findCallers(vendorKit.db, [pair], instantText(vendorKit.clock.now()));
  if (caller === undefined) throw new Error('The vendor of the demo has lost its customer.');
  const provider = await runProvider(process, config, {
    url,
    installation,
    installationId: caller.installationId,
  });
  const { terminal } = process;
  terminal.print('Its agent updates it from there, and takes it back:');
  for (const name of ['update:apply', 'update:rollback'])
    terminal.print(`  ./nadi ${name} --root ${rootOfProvider(config)}`);
  return provider;
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

/** Lives the days that are missing up to today; undefined when told to stop in the middle. */
async function bringUpToDate(
  process: Process,
  config: Config,
  marker: Marker,
  clock: Clock,
  places: readonly Place[],
): Promise<Marker | undefined> {
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
    return undefined;
  }
  progress?.finish();
  await connectRouters(open.kit, providerEdition(open.kit), places);
  await tellBooks(process, open.kit);
  const finished: Marker = {
    ...marker,
    demo: 'finished',
    ...(last === undefined ? {} : { lived: last }),
  };
  writeMarker(config.dataDir, finished);
  return finished;
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

/** Of an installation that others will serve. */
async function tokenOfClosed(config: Config, opening: Parameters<typeof openKit>[1]): Promise<string> {
  await using open = await openKit(config, opening);
  return await issueDemoToken(open.kit, administrator);
}

async function issueDemoToken(kit: Kit, { email }: { readonly email: string }): Promise<string> {
  return inTransaction(kit.db, async (tx) => {
    const admin = await findUserByEmail(tx, email);
    if (admin === undefined) throw new Error(`The demo has lost its administrator ${email}.`);
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
}

function tellVendor({ terminal }: Process, url: string, { dataDir }: Config, { installation }: Vendor): void {
  const { email, password } = vendorAdministrator;
  terminal.print(`${houseName}, which licenses and updates it, is at ${url} – look at ${url}/docs`);
  terminal.print(`  ${'owner'.padEnd(8)}  ${email.padEnd(22)}  ${password}`);
  terminal.print(
    `  ${'agent'.padEnd(8)}  ${installation.agent_code.padEnd(22)}  ${installation.license_key}`,
  );
  terminal.print(`  ${'keys'.padEnd(8)}  ${keyFolder(dataDir)}  passphrase: ${demoPassphrase}`);
}

/** Better told before a year is lived than after. */
async function refuseTakenPort({ host, port }: Config): Promise<void> {
  await tryPort(host, port).catch((error) => {
    throw listenFault(error, host, port);
  });
}

/** The next port, or any that is free where somebody has that. */
function portBeside({ host, port, isolirPort }: Config): Promise<number> {
  const isUsable = port < 65_535 && port + 1 !== isolirPort;
  return tryPort(host, isUsable ? port + 1 : 0).catch(() => tryPort(host, 0));
}

/** Listens for a moment; 0 is any port. Gives its number. */
async function tryPort(host: string, port: number): Promise<number> {
  const probe = createServer();
  const { promise, resolve: free, reject } = Promise.withResolvers<void>();
  probe.once('error', reject);
  probe.listen({ host, port }, () => free());
  await promise;
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  return typeof address === 'object' && address !== null ? address.port : port;
}
