import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { launcherFor } from '#embedded-postgres';
import type { Kit } from '#kit/kit.ts';
import { writeRaddb } from '../../server/modules/radius/index.ts';
import { placeOf } from '../../server/modules/radius/raddb/connection.ts';
import type { TestApp } from './test-app.ts';

const server = '/usr/sbin/freeradius';
const driver = '/usr/lib/freeradius/rlm_sql_postgresql.so';

/** Why there is no FreeRADIUS to test on, or false where there is one; for `test`'s option `skip`. */
export const freeradiusMissing: string | false = [server, driver, '/usr/bin/radclient'].every(existsSync)
  ? false
  : 'FreeRADIUS is not there; on Debian: apt-get install freeradius freeradius-postgresql freeradius-utils';

/** FreeRADIUS does not run as root here: it is "nobody", as the built-in PostgreSQL is. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

export interface Freeradius extends AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  /** All it has logged. */
  log(): Promise<string>;
}

/** Two UDP ports of the loopback, one after the other, that were free a moment ago. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = createSocket('udp4').bind(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as AddressInfo; // A UDP socket has no other kind of address.
    const second = createSocket('udp4').bind(port + 1, '127.0.0.1');
    const free = await Promise.race([
      once(second, 'listening').then(() => true),
      once(second, 'error').then(() => false),
    ]);
    first.close();
    second.close();
    if (free) return port;
  }
}

export interface FreeradiusOptions {
  readonly requireMessageAuthenticator?: boolean;
}

/** Debian's FreeRADIUS on what `radius:config` writes for this installation. */
export async function startFreeradius(nadi: TestApp, options: FreeradiusOptions = {}): Promise<Freeradius> {
  await using cleanup = new AsyncDisposableStack();
  const parent = await mkdtemp(join(tmpdir(), 'nadi-radius-'));
  cleanup.defer(() => rm(parent, { recursive: true, force: true }));
  await chmod(parent, 0o711);
  const folder = join(parent, 'raddb');
  const port = await freePorts();
  await writeRaddb(nadi.kit, {
    folder,
    port,
    interimSeconds: 300,
    requireMessageAuthenticator: options.requireMessageAuthenticator ?? true,
    testFrom: ['127.0.0.1'],
  });
  const running = cleanup.use(await runFreeradius(nadi.kit, folder, port));
  const owned = cleanup.move();
  return { folder, port, log: running.log, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** FreeRADIUS on that folder, which reads that database; disposing stops it. */
export async function runFreeradius(
  kit: Kit,
  folder: string,
  port: number,
): Promise<AsyncDisposable & { log(): Promise<string> }> {
  const { host } = placeOf(kit.pool.options.connectionString ?? '');
  const { prefix, account } = await launcherFor(
    nobody,
    [server],
    [folder, ...(host.startsWith('/') ? [host] : [])],
  );
  const [command = '', ...args] = [...prefix, server, '-f', '-d', folder];
  const child = spawn(command, args, { ...account, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const log = () => readFile(join(folder, 'log/radius.log'), 'utf8').catch(() => '');
  for (let attempt = 0; !(await log()).includes('Ready to process requests'); attempt += 1) {
    if (child.exitCode !== null || attempt > 400)
      throw new Error(`FreeRADIUS did not start on port ${port}: ${await log()} ${(await said).join('')}`);
    await setTimeout(25);
  }
  return {
    log,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export interface Heard {
  /** `Access-Accept` and the like; undefined where nothing was answered. */
  readonly code: string | undefined;
  /** As radclient writes them, `Framed-Pool = "rumah"`. */
  readonly attributes: readonly string[];
}

/** Sends one request through Debian's radclient: `attributes` are lines of its own form. */
export async function radclient(
  port: number,
  kind: 'auth' | 'acct' | 'status',
  secret: string,
  attributes: readonly string[],
  { tries = 2, seconds = 2 }: { readonly tries?: number; readonly seconds?: number } = {},
): Promise<Heard> {
  const child = spawn(
    '/usr/bin/radclient',
    ['-x', '-r', String(tries), '-t', String(seconds), `127.0.0.1:${port}`, kind, secret],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stdin.end(`${attributes.join('\n')}\n`);
  const [out] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [, answer = ''] = out.split(/^Received /m);
  const [head = '', ...lines] = answer.split('\n');
  const code = /^([A-Z][\w-]+) Id/.exec(head)?.[1];
  return { code, attributes: lines.filter((line) => line.startsWith('\t')).map((line) => line.trim()) };
}

/** Attributes of a request to be let in as RouterOS sends them. */
export function pppoe(username: string, ...more: readonly string[]): readonly string[] {
  return [
    `User-Name = ${JSON.stringify(username)}`,
    'Service-Type = Framed-User',
    'Framed-Protocol = PPP',
    'NAS-Port-Type = Ethernet',
    'NAS-Identifier = "mikrotik"',
    'NAS-IP-Address = 127.0.0.1',
    'Calling-Station-Id = "AA:BB:CC:00:11:22"',
    ...more,
    'Message-Authenticator = 0x00',
  ];
}
