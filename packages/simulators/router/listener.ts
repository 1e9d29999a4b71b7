import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Connection } from './connection.ts';
import type { Machine } from './machine.ts';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** The router's API on a socket. */
export interface Listener {
  readonly port: number;
  /** Resets every connection. */
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

/** Anonymous Diffie-Hellman, which a router without a certificate offers; TLS 1.3 has none. */
const anonymous = {
  ciphers: 'ADH-AES128-GCM-SHA256:ADH-AES256-GCM-SHA384:ADH-AES128-SHA256:@SECLEVEL=0',
  dhparam: 'auto',
  maxVersion: 'TLSv1.2',
} as const;

/** Listens on a port (0: any that is free), in the clear or with TLS. */
export async function listen(
  machine: Machine,
  {
    host,
    port,
    tls,
  }: { readonly host: string; readonly port: number; readonly tls?: Certificate | 'anonymous' },
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(machine, socket);
  };
  const server =
    tls === undefined ? createServer(accept) : createTlsServer(tls === 'anonymous' ? anonymous : tls, accept);
  // A client that breaks off the handshake is its own affair.
  server.on('tlsClientError', () => {});
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const stop = machine.onReboot(() => {
    // What was already answered still arrives.
    for (const socket of sockets) socket.destroySoon();
  });
  await started(server, host, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    drop,
    close: async () => {
      stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function started(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function serve(machine: Machine, socket: Socket): void {
  const { stats, faults, world } = machine;
  socket.setNoDelay(true);
  // A reset by the client is told by 'close', too.
  socket.on('error', () => {});
  machine.tick();
  stats.connections += 1;
  const effects = faults.ofConnection(stats.connections);
  if (machine.life.away || effects.some((effect) => effect.do === 'refuse')) {
    socket.resetAndDestroy();
    return;
  }
  if (stats.open >= world.limits.connections) {
    socket.destroy();
    return;
  }
  stats.open += 1;
  socket.on('close', () => {
    stats.open -= 1;
  });
  if (effects.some((effect) => effect.do === 'hang')) socket.resume();
  else new Connection(machine, socket, stats.connections, effects);
}
