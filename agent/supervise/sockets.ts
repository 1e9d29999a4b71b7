import { lookup } from 'node:dns/promises';
import { BoundSocket } from 'node:net';
import type { Inherited } from '#supervised';
import { AgentError } from '../errors.ts';

/** Where the installation is reached. */
export interface Place {
  readonly name: 'http' | 'isolir';
  /** A name or an address of this machine. */
  readonly host: string;
  readonly port: number;
}

/** A bound socket, of which the servers have copies. Disposing gives up ours. */
export interface HeldSocket extends Disposable {
  readonly name: Place['name'];
  readonly descriptor: number;
  readonly port: number;
}

/**
 * Holds the sockets of the installation and never listens itself: what the kernel gave to a listener that then closes would be lost.
 * While any process has a copy, clients find the port open, and where no server is there they wait. Those that whoever started the agent
 * holds already are used as they are.
 * @throws {AgentError} port_taken, port_closed, host_unknown
 */
export async function holdSockets(
  places: readonly Place[],
  inherited: Inherited | undefined,
): Promise<readonly HeldSocket[]> {
  return Promise.all(
    places.map(async ({ name, host, port }) => {
      const descriptor = inherited?.sockets.get(name);
      if (descriptor !== undefined) return { name, descriptor, port, [Symbol.dispose]: () => {} };
      const socket = await bind(host, port);
      return {
        name,
        descriptor: socket.fd(),
        port: socket.address().port,
        [Symbol.dispose]: () => socket.close(),
      };
    }),
  );
}

async function bind(host: string, port: number): Promise<BoundSocket> {
  try {
    const { address } = await lookup(host);
    return new BoundSocket({ host: address, port });
  } catch (cause) {
    throw fault(cause, host, port);
  }
}

function fault(cause: unknown, host: string, port: number): unknown {
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'EADDRINUSE':
      return new AgentError(
        'port_taken',
        {
          en: `Port ${port} is in use on ${host}. Stop what uses it, or choose another with PORT.`,
          id: `Port ${port} di ${host} sudah dipakai. Hentikan yang memakainya, atau pilih yang lain dengan PORT.`,
        },
        { cause },
      );
    case 'EACCES':
      return new AgentError(
        'port_closed',
        {
          en: `Port ${port} needs more rights. Choose one above 1023 with PORT, or let systemd give it.`,
          id: `Port ${port} butuh hak lebih. Pilih di atas 1023 dengan PORT, atau biarkan systemd yang memberikannya.`,
        },
        { cause },
      );
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      return new AgentError(
        'host_unknown',
        {
          en: `HOST=${host} is not an address of this machine.`,
          id: `HOST=${host} bukan alamat mesin ini.`,
        },
        { cause },
      );
    default:
      return cause;
  }
}
