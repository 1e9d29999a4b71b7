/** What the router was asked so far. */
export interface Stats {
  /** Times each command was received, by its path: `/ppp/secret/print`. */
  readonly commands: ReadonlyMap<string, number>;
  /** Changes that were done. */
  readonly writes: number;
  /** Connections that were made, and those open now. */
  readonly connections: number;
  readonly open: number;
  readonly logins: number;
  readonly refusedLogins: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

export class Counting implements Stats {
  readonly commands = new Map<string, number>();
  writes = 0;
  connections = 0;
  open = 0;
  logins = 0;
  refusedLogins = 0;
  bytesReceived = 0;
  bytesSent = 0;

  count(path: string): void {
    this.commands.set(`/${path}`, (this.commands.get(`/${path}`) ?? 0) + 1);
  }
}
