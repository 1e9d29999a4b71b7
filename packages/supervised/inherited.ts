import { once } from 'node:events';
import type { Server } from 'node:net';

/** What a process was given by whoever looks after it. */
export interface Inherited {
  /** Descriptors of bound sockets by their names; `http` is the one of a supervisor that gives a single one and no name. */
  readonly sockets: ReadonlyMap<string, number>;
  /** Where the supervisor wants to be answered (stand-by.ts); undefined where it only gives sockets, as systemd does. */
  readonly standByAt: string | undefined;
}

const first = 3;

/**
 * Reads the sockets that were handed to process `pid`, by the protocol of sd_listen_fds(3): LISTEN_FDS of them from descriptor 3 on,
 * for the process that LISTEN_PID names alone, and their names in LISTEN_FDNAMES. Undefined where there are none.
 */
export function inheritedFrom(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): Inherited | undefined {
  const count = Number(env.LISTEN_FDS ?? 0);
  if (env.LISTEN_PID !== String(pid) || !Number.isInteger(count) || count < 1 || count > 16) return undefined;
  const names = env.LISTEN_FDNAMES === undefined ? [] : env.LISTEN_FDNAMES.split(':');
  const sockets = new Map(
    Array.from({ length: count }, (_, n) => [count === 1 ? 'http' : (names[n] ?? `unnamed-${n}`), first + n]),
  );
  return { sockets, standByAt: env.NADI_STAND_BY || undefined };
}

/** Begins to accept connections of a socket that was handed over. */
export async function listenOn(server: Server, descriptor: number): Promise<void> {
  const listening = once(server, 'listening');
  server.listen({ fd: descriptor });
  await listening;
}
