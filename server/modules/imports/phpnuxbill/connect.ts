import type { Connection } from 'mysql2/promise';
import { UserError } from '#kit/errors.ts';

/** Where a database is, and as whom to read it. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: boolean;
}

const form = 'mysql://user:password@host/database';

/**
 * Reads an address. What is wrong is said without repeating it, since it holds a password.
 * @throws {UserError}
 */
export function parseAddress(text: string): DatabaseAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(mysql|mariadb):$/.test(url.protocol)) {
    throw new UserError(
      `The address of the database is not of the form ${form}. Signs such as @ : / # ? % in the password are written as %40 %3A %2F %23 %3F %25.`,
    );
  }
  const database = decoded(url.pathname.slice(1));
  if (database === '' || url.hostname === '' || url.username === '') {
    throw new UserError(
      `The address of the database lacks the user, the host or the database. Its form is ${form}.`,
    );
  }
  return {
    host: decoded(url.hostname).replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    socketPath: url.searchParams.get('socket') || undefined,
    user: decoded(url.username),
    password: decoded(url.password),
    database,
    tls: /^(true|1|required)$/i.test(url.searchParams.get('ssl') ?? ''),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UserError(
      'The address of the database holds a % that is not followed by two digits. Write % as %25.',
    );
  }
}

/** Connects for reading text: every value arrives as the server writes it, so that 0000-00-00 stays what it is. */
export async function connect(address: DatabaseAddress): Promise<Connection> {
  // Loaded only where it is used.
  const { createConnection } = await import('mysql2/promise');
  const { host, port, socketPath, user, password, database, tls } = address;
  return inPlainWords(address, () =>
    createConnection({
      ...(socketPath === undefined ? { host, port } : { socketPath }),
      user,
      password,
      database,
      charset: 'utf8mb4',
      connectTimeout: 10_000,
      typeCast: (field) => field.string(),
      ...(tls ? { ssl: {} } : {}),
    }),
  );
}

/** Does `work` on the database; its faults are said in a sentence, without the password. */
export async function inPlainWords<T>(address: DatabaseAddress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    // After a connection broke, the library refuses further queries with an error that is only "fatal".
    const broke = 'fatal' in error && !('code' in error);
    const code = broke ? 'PROTOCOL_CONNECTION_LOST' : 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    const said = error.message;
    // The error itself may quote the address, so it is not kept as the cause.
    throw new UserError(sentenceOf(code, address) ?? `The database says: ${withoutSecret(said, address)}`);
  }
}

function sentenceOf(
  code: string,
  { host, port, socketPath, user, database }: DatabaseAddress,
): string | undefined {
  const place = socketPath ?? `${host}:${port}`;
  const sentences: Readonly<Record<string, string>> = {
    ECONNREFUSED: `Nothing answers at ${place}. Is the database running, and does it listen to this machine?`,
    ENOENT: `There is no socket ${place}. Is the database running?`,
    ENOTFOUND: `There is no machine named ${host}. Check the name.`,
    EAI_AGAIN: `The name ${host} cannot be looked up now. Check the name and the network.`,
    ETIMEDOUT: `${place} does not answer. Check the address, and whether a firewall is in between.`,
    EHOSTUNREACH: `${place} cannot be reached. Check the address and the network.`,
    ECONNRESET: `The connection to ${place} broke. Nothing was imported; run it again.`,
    PROTOCOL_CONNECTION_LOST: `The connection to ${place} broke. Nothing was imported; run it again.`,
    ER_ACCESS_DENIED_ERROR: `The database at ${place} refuses the user ${user} with this password, or from this machine.`,
    ER_DBACCESS_DENIED_ERROR: `The user ${user} may not read the database ${database}. Its administrator can allow it: GRANT SELECT ON ${database}.* TO …`,
    ER_TABLEACCESS_DENIED_ERROR: `The user ${user} may not read all tables of ${database}. Its administrator can allow it: GRANT SELECT ON ${database}.* TO …`,
    ER_BAD_DB_ERROR: `There is no database ${database} at ${place}. Check the name; it stands in PHPNuxBill’s config.php.`,
    ER_HOST_NOT_PRIVILEGED: `The database at ${place} lets nobody in from this machine. Its administrator can allow it.`,
    HANDSHAKE_NO_SSL_SUPPORT: `The database at ${place} cannot encrypt. Remove ?ssl=true where the network is yours.`,
  };
  return sentences[code];
}

function withoutSecret(text: string, { password }: DatabaseAddress): string {
  return password === ''
    ? text
    : text.replaceAll(password, '…').replaceAll(encodeURIComponent(password), '…');
}
