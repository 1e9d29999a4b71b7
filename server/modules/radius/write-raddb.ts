import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { errorCode } from '#kit/error-code.ts';
import { UserError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { radiusRouters } from '../routers/index.ts';
import { enabledSettings, type SettingRow } from './queries.ts';
import type { Client } from './raddb/clients-conf.ts';
import { placeOf } from './raddb/connection.ts';
import { raddbFiles } from './raddb/files.ts';
import { isQuotable } from './raddb/quote.ts';
import { mark } from './raddb/radiusd-conf.ts';
import { prepareRole, roleName } from './role-queries.ts';
import { sealedFor } from './sealed-for.ts';

export interface RaddbInput {
  /** An absolute path; made if missing. */
  readonly folder: string;
  /** For access requests; without it that of the first enabled RADIUS setting, else 1812. */
  readonly port?: number | undefined;
  readonly accountingPort?: number | undefined;
  readonly requireMessageAuthenticator: boolean;
  readonly interimSeconds: number;
  /** From where Nadi itself asks, when it tests the server. */
  readonly testFrom: readonly string[];
}

export interface RaddbReport {
  /** Names of the routers that are answered. */
  readonly routers: readonly string[];
  /** What the operator should know, a sentence each. */
  readonly remarks: readonly string[];
  readonly port: number;
  readonly accountingPort: number;
  /** Whom FreeRADIUS has to run as, where only that user reaches the database. */
  readonly uid: number | undefined;
}

/**
 * Makes the role nadi_radius with a new password, and writes a complete raddb for this installation: nobody but its owner
 * can read it. What stands in the folder is written over if it is ours.
 * @throws {UserError} when the folder holds something else, or the role cannot be made.
 */
export async function writeRaddb(kit: Kit, input: RaddbInput): Promise<RaddbReport> {
  await refuseForeign(input.folder);
  const settings = await enabledSettings(kit.db);
  const port = input.port ?? settings[0]?.port ?? 1812;
  const accountingPort = input.accountingPort ?? port + 1;
  const { clients, remarks } = await clientsOf(kit);
  const taken = new Set(clients.map(({ address }) => address));
  const ours = testClients(
    kit,
    settings[0],
    input.testFrom.filter((address) => !taken.has(address)),
  );
  const password = randomBytes(18).toString('hex');
  await makeRole(kit, password);
  const connection = { ...placeOf(kit.pool.options.connectionString ?? ''), user: roleName, password };
  const all = [...clients, ...ours];
  const files = raddbFiles({
    folder: input.folder,
    connection,
    port,
    accountingPort,
    ipv6: all.some(({ address }) => isIP(address) === 6),
    interimSeconds: input.interimSeconds,
    requireMessageAuthenticator: input.requireMessageAuthenticator,
    clients: all,
  });
  const uid = await ownerOfSocket(connection.host, connection.port);
  await write(input.folder, files, process.getuid?.() === 0 ? uid : undefined);
  return { routers: clients.map(({ label }) => label), remarks, port, accountingPort, uid };
}

/** Nadi's own test asks with the secret of the first setting. */
function testClients(
  kit: Kit,
  setting: SettingRow | undefined,
  addresses: readonly string[],
): readonly Client[] {
  const secret = setting && kit.secrets.open(setting.secret, sealedFor.secret(setting.id));
  if (secret === undefined || !isQuotable(secret)) return [];
  return addresses.map((address, index) => ({ name: `nadi_${index + 1}`, address, secret }));
}

/** A role is of the whole server: another installation on it may be changing it at this moment. */
const changedMeanwhile = 'XX000';

async function makeRole(kit: Kit, password: string, tries = 10): Promise<void> {
  try {
    await prepareRole(kit.db, password);
  } catch (cause) {
    if (errorCode(cause) === changedMeanwhile && tries > 1) return makeRole(kit, password, tries - 1);
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new UserError(
      `The database role ${roleName} could not be made (${reason}). Let the database's administrator give the user of ` +
        'DATABASE_URL the right to make roles (alter role … createrole), or run this once with DATABASE_URL as the administrator.',
      { cause },
    );
  }
}

/** Routers by their addresses now: FreeRADIUS does not start when a single name cannot be found. */
async function clientsOf(kit: Kit) {
  const clients: (Client & { readonly label: string })[] = [];
  const remarks: string[] = [];
  for (const { id, name, host, secret } of await radiusRouters(kit)) {
    const address = isIP(host)
      ? host
      : await lookup(host).then(
          (found) => found.address,
          () => undefined,
        );
    if (address === undefined) {
      remarks.push(`Router ${name} is left out: the name ${host} has no address.`);
    } else if (clients.some((client) => client.address === address)) {
      remarks.push(`Router ${name} is left out: another router has the address ${address} too.`);
    } else if (!isQuotable(secret)) {
      remarks.push(`Router ${name} is left out: FreeRADIUS cannot hold a secret that ends in a backslash.`);
    } else {
      clients.push({ name: `router_${id.replaceAll('-', '')}`, address, secret, routerId: id, label: name });
    }
  }
  return { clients, remarks };
}

async function refuseForeign(folder: string): Promise<void> {
  const main = await readFile(join(folder, 'radiusd.conf'), 'utf8').catch(() => undefined);
  if (main === undefined || main.startsWith(mark)) return;
  throw new UserError(
    `${folder} holds a configuration that is not Nadi's. Choose another folder with --out; FreeRADIUS is started on it with -d.`,
  );
}

/** The built-in database lets in its own user alone. */
async function ownerOfSocket(host: string, port: number): Promise<number | undefined> {
  if (!host.startsWith('/')) return undefined;
  const found = await stat(join(host, `.s.PGSQL.${port}`)).catch(() => undefined);
  return found !== undefined && (found.mode & 0o007) === 0 ? found.uid : undefined;
}

async function write(
  folder: string,
  files: ReadonlyMap<string, string>,
  uid: number | undefined,
): Promise<void> {
  const own = async (path: string) => (uid === undefined ? undefined : chown(path, uid, -1));
  for (const part of ['', 'mods-enabled', 'sites-enabled', 'log', 'run']) {
    const path = join(folder, part);
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
    await own(path);
  }
  for (const [name, text] of files) {
    const path = join(folder, name);
    const draft = join(folder, `.draft-${process.pid}`);
    await writeFile(draft, text, { mode: 0o600 });
    await own(draft);
    await rename(draft, path);
  }
}
