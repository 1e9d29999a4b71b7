import { isIP } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { CertificateRefused, InvalidInput } from './errors.ts';

/** How the router is known. */
export type TlsOptions =
  /** By a certificate that an authority signed: one of the system's, or `ca` (PEM), for this `servername`. */
  | { readonly verify: 'authority'; readonly ca?: string; readonly servername?: string }
  /** By the SHA-256 of its certificate, as `openssl x509 -fingerprint -sha256` prints it. For self-signed ones. */
  | { readonly verify: 'fingerprint'; readonly sha256: string }
  /** Not at all: encrypted, but whoever stands between may be the one we talk to. */
  | { readonly verify: 'none' }
  /** Not at all, for routers without a certificate (`/ip service set api-ssl certificate=none`): anonymous Diffie-Hellman. */
  | { readonly verify: 'anonymous' };

/** Old routers have short keys, SHA-1 and TLS 1.0. Where the pin or nothing speaks for them, that is no obstacle. */
const lenient = { minVersion: 'TLSv1', rejectUnauthorized: false } as const;

/** What Node needs for it. */
export function tlsConnectOptions(options: TlsOptions, host: string): ConnectionOptions {
  switch (options.verify) {
    case 'authority': {
      const servername = options.servername ?? (isIP(host) === 0 ? host : undefined);
      return {
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(servername === undefined ? {} : { servername }),
      };
    }
    case 'fingerprint':
      normalFingerprint(options.sha256);
      return { ...lenient, ciphers: 'DEFAULT:@SECLEVEL=0' };
    case 'none':
      return { ...lenient, ciphers: 'DEFAULT:@SECLEVEL=0' };
    case 'anonymous':
      // TLS 1.3 has no anonymous suites.
      return { ...lenient, maxVersion: 'TLSv1.2', ciphers: 'ADH:@SECLEVEL=0' };
  }
}

/** Throws CertificateRefused unless the pin fits. Authorities were checked by Node during the handshake. */
export function checkFingerprint(socket: TLSSocket, options: TlsOptions, router: string): void {
  if (options.verify !== 'fingerprint') return;
  const certificate = socket.getPeerX509Certificate();
  if (certificate?.fingerprint256 === normalFingerprint(options.sha256)) return;
  throw new CertificateRefused(
    'Its certificate has another fingerprint than the one kept for it',
    certificate?.fingerprint256,
    { router },
  );
}

function normalFingerprint(sha256: string): string {
  const digits = sha256.replaceAll(':', '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) throw new InvalidInput('sha256', 'is not a SHA-256 fingerprint');
  return digits.replace(/(..)(?!$)/g, '$1:');
}
