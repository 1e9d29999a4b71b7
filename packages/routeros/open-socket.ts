import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  CertificateRefused,
  CommandAborted,
  ConnectionLost,
  RouterosError,
  RouterTimeout,
} from './errors.ts';
import type { ResolvedOptions } from './options.ts';
import { checkFingerprint, tlsConnectOptions } from './tls.ts';

/**
 * A connected socket; with TLS, one whose peer is known as asked. Throws ConnectionLost, RouterTimeout, CertificateRefused or
 * CommandAborted, and leaves no socket behind then.
 */
export function openSocket(options: ResolvedOptions, signal: AbortSignal | undefined): Promise<Socket> {
  const { host, port, tls, timers, patience, router } = options;
  if (signal?.aborted === true) return Promise.reject(aborted(router, signal));
  const basic = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  const secure: TLSSocket | undefined =
    tls === undefined ? undefined : connectTls({ ...basic, ...tlsConnectOptions(tls, host) });
  const socket = secure ?? connectTcp(basic);
  return new Promise((resolve, reject) => {
    const settle = (error: RouterosError | undefined) => {
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
      if (error === undefined) return resolve(socket);
      // A socket that is given up may still tell of an error.
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const onAbort = () => settle(aborted(router, signal));
    const onError = (error: Error) => settle(connectFailure(error, router));
    const onClose = () => settle(new ConnectionLost('It closed the connection at once', { router }));
    const stopTimer = timers.after(patience.connect, () =>
      settle(new RouterTimeout(`No connection within ${patience.connect} ms`, { router })),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError).once('close', onClose);
    socket.once(secure === undefined ? 'connect' : 'secureConnect', () => {
      try {
        if (secure !== undefined && tls !== undefined) checkFingerprint(secure, tls, router);
        settle(undefined);
      } catch (error) {
        settle(error instanceof RouterosError ? error : new ConnectionLost(String(error), { router }));
      }
    });
  });
}

function aborted(router: string, signal: AbortSignal | undefined): CommandAborted {
  return new CommandAborted('Aborted while connecting', { router, cause: signal?.reason });
}

/** What OpenSSL and Node call a certificate that cannot be trusted. */
const certificateCodes =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID/;

function connectFailure(error: Error & { readonly code?: string }, router: string): RouterosError {
  const context = { router, cause: error };
  // With two addresses of one name, Node gives one error that holds both, and no message.
  const why = error.message === '' ? (error.code ?? error.name) : error.message;
  if (certificateCodes.test(error.code ?? '')) {
    return new CertificateRefused(`Its certificate is not trusted: ${why}`, undefined, context);
  }
  return new ConnectionLost(`Could not connect: ${why}`, context);
}
