import { isIP } from 'node:net';
import type { SslOptions } from 'mysql2';
import { AgentError } from '../errors.ts';
import { printed } from './client-program.ts';
import { authorityFrom } from './unreachable.ts';

/**
 * As MySQL's own tools have it (--ssl-mode and --ssl-ca). MariaDB's tools know nothing between `required` and `verify_identity`, so there
 * `verify_ca` is as strict as that. To be verified the host must be a name, not a number.
 */
export interface MysqlTls {
  readonly mode: 'disabled' | 'preferred' | 'required' | 'verify_ca' | 'verify_identity';
  /** A file. */
  readonly ca?: string;
}

/**
 * How to connect, one after the other.
 * @throws {AgentError} tls_authority, tls_mode
 */
export function waysBy(tls: MysqlTls | undefined, host: string): readonly (SslOptions | undefined)[] {
  const trusting = { rejectUnauthorized: false };
  if (tls === undefined) return [undefined];
  // The driver would take a number for "localhost".
  if (tls.mode === 'verify_identity' && isIP(host) !== 0) throw nameless(host);
  switch (tls.mode) {
    case 'disabled':
      return [undefined];
    case 'preferred':
      return [trusting, undefined];
    case 'required':
      return [trusting];
    default:
      return [{ ca: authorityFrom(tls.ca, 'ssl-ca'), verifyIdentity: tls.mode === 'verify_identity' }];
  }
}

/** The same for the database's own tools; where it is left to them whether TLS is used, `isUsed` says whether it can be. */
export async function argumentsBy(
  command: string,
  tls: MysqlTls | undefined,
  isUsed: boolean,
): Promise<readonly string[]> {
  if (tls === undefined) return [];
  const mode = tls.mode === 'preferred' ? (isUsed ? 'required' : 'disabled') : tls.mode;
  const authority = tls.ca === undefined || mode === 'disabled' ? [] : [`--ssl-ca=${tls.ca}`];
  const version = await printed({ command, args: ['--version'], environment: { LC_ALL: 'C' } });
  if (!version.includes('MariaDB')) return [`--ssl-mode=${mode.toUpperCase()}`, ...authority];
  if (mode === 'disabled') return ['--skip-ssl'];
  if (mode === 'required') return ['--ssl', '--skip-ssl-verify-server-cert'];
  return ['--ssl', '--ssl-verify-server-cert', ...authority];
}

const nameless = (host: string) =>
  new AgentError('tls_mode', {
    en: `With verify_identity the database's host must be a name, not ${host}. Set the name that its certificate is for.`,
    id: `Dengan verify_identity, host basis data harus berupa nama, bukan ${host}. Isi nama yang tercantum di sertifikatnya.`,
  });
