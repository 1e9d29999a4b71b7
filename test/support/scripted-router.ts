import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { defaultDecoderLimits, encodeSentence, SentenceDecoder, type Timers } from '#routeros';

/** The router's side of one connection, told line by line by a test. */
export class RouterSide {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #heard: (readonly string[])[] = [];
  /** How many sentences came. */
  heard = 0;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new SentenceDecoder(defaultDecoderLimits, (words) => {
      this.heard += 1;
      this.#heard.push(words.map(String));
      this.#wake();
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk)).on('error', () => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('close', () => {
      resolve();
      this.#wake();
    });
  }

  /** The next sentence of the client. Rejects once it is gone. */
  async hear(): Promise<readonly string[]> {
    for (;;) {
      const sentence = this.#heard.shift();
      if (sentence !== undefined) return sentence;
      if (this.socket.destroyed) throw new Error('The client is gone');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  say(...words: readonly string[]): void {
    this.socket.write(encodeSentence(words.map((word) => Buffer.from(word))));
  }

  /** Lets the client log in as RouterOS 6.43 does. */
  async admit(): Promise<this> {
    await this.hear();
    this.say('!done');
    return this;
  }
}

export interface ScriptedRouter extends AsyncDisposable {
  readonly port: number;
  /** The router's side of the next connection. */
  accept(): Promise<RouterSide>;
  /** Connections made so far; with TLS, those whose handshake was done. */
  readonly connections: number;
  /** How many sentences came over all connections, once these are closed. */
  sentencesInAll(): Promise<number>;
}

/** A socket on loopback that speaks the RouterOS API as the test says. */
export async function scriptedRouter(tls?: TlsOptions): Promise<ScriptedRouter> {
  const accepted: RouterSide[] = [];
  const sockets = new Set<Socket>();
  const sides: RouterSide[] = [];
  let wake = () => {};
  const onSocket = (socket: Socket) => {
    const side = new RouterSide(socket);
    sides.push(side);
    accepted.push(side);
    wake();
  };
  const server: Server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  server.on('connection', (socket: Socket) => sockets.add(socket.setNoDelay()));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get connections() {
      return sides.length;
    },
    async sentencesInAll() {
      await Promise.all([...sockets].map((socket) => socket.closed || once(socket, 'close')));
      return sides.reduce((sum, side) => sum + side.heard, 0);
    },
    async accept() {
      for (;;) {
        const side = accepted.shift();
        if (side !== undefined) return side;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Time that passes only when it is told to. */
export class SettableTimers implements Timers {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly call: () => void }>();
  #wake: () => void = () => {};

  elapsed(): number {
    return this.#now;
  }

  after(milliseconds: number, call: () => void): () => void {
    const waiting = { at: this.#now + milliseconds, call };
    this.#waiting.add(waiting);
    this.#wake();
    return () => this.#waiting.delete(waiting);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves once a timer waits. */
  async untilWaiting(): Promise<void> {
    while (this.#waiting.size === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Lets so much time pass, calling in order what is due. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#waiting.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.call();
    }
    this.#now = end;
  }
}
