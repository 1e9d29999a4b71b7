import { connect } from 'node:net';

export interface Sent {
  /** By the machine's clock. */
  readonly start: number;
  readonly end: number;
  readonly failed: number;
  /** Milliseconds from the sending of each to its answer, in order of length. */
  readonly times: readonly number[];
}

/** A POST of JSON as bytes. */
export function postBytes(url: string, body: string): Buffer {
  const { pathname, host } = new URL(url);
  return Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/**
 * Sends requests, so many at a time, each timed from its sending to its answer. On bare sockets, so that sending costs little of
 * what is measured.
 */
export async function sendAll(url: string, requests: Iterator<Buffer>, atOnce: number): Promise<Sent> {
  const { hostname, port } = new URL(url);
  const times: number[] = [];
  let failed = 0;
  const start = Date.now();
  await Promise.all(Array.from({ length: atOnce }, () => connection()));
  return { start, end: Date.now(), failed, times: times.sort((one, other) => one - other) };

  /** Sends one after the other until there is none left. */
  function connection(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect(Number(port), hostname).setNoDelay();
    let sent = 0;
    let heard = '';
    const next = () => {
      const { value, done } = requests.next();
      if (done) {
        socket.end();
        resolve();
        return;
      }
      heard = '';
      sent = performance.now();
      socket.write(value);
    };
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('data', (piece) => {
      heard += piece.toString('latin1');
      const end = heard.indexOf('\r\n\r\n');
      const [, length] = /content-length: (\d+)/i.exec(heard) ?? [];
      if (end < 0 || length === undefined || heard.length < end + 4 + Number(length)) return;
      times.push(performance.now() - sent);
      if (!heard.startsWith('HTTP/1.1 200 ')) failed += 1;
      next();
    });
    return promise;
  }
}
