/** How FreeRADIUS reaches the database. */
export interface Connection {
  /** A host, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** libpq's sslmode. */
  readonly sslmode: string;
  readonly user: string;
  /** Letters and digits. */
  readonly password: string;
}

/**
 * The place and database of a PostgreSQL URL as this process uses it, which may have its host in the query. Away from this
 * machine it is TLS, unless the URL says otherwise.
 */
export function placeOf(url: string): Omit<Connection, 'user' | 'password'> {
  const parsed = new URL(url.replace(/^(postgres(?:ql)?:\/\/(?:[^/?]*@)?)(?=\/|\?)/, '$1localhost'));
  const host = parsed.searchParams.get('host') ?? decodeURIComponent(parsed.hostname).replace(/^\[|\]$/g, '');
  const near = host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);
  return {
    host,
    port: Number(parsed.port || parsed.searchParams.get('port') || 5432),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    sslmode: parsed.searchParams.get('sslmode') ?? (near ? 'prefer' : 'require'),
  };
}

/** libpq's connection string, without who connects. */
export function libpqPlace({ host, port, database, sslmode }: Connection): string {
  const values = {
    host,
    port,
    dbname: database,
    sslmode,
    application_name: 'nadi-radius',
    client_encoding: 'UTF8',
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}='${String(value).replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}
