import { connect } from 'node:net';

// Sends notifications from a process of its own: so many at a time, each timed from its sending to its answer. On bare sockets, so that
// sending costs little of what is measured.

interface Plan {
  readonly url: string;
  readonly bodies: readonly string[];
  readonly atOnce: number;
}

process.once('message', async ({ url, bodies, atOnce }: Plan) => {
  const { hostname, port, pathname, host } = new URL(url);
  const requests = bodies
    .map((body) =>
      Buffer.from(
        `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    )
    .values();
  const times: number[] = [];
  let failed = 0;
  const start = Date.now();
  await Promise.all(Array.from({ length: atOnce }, () => connection()));
  const sorted = times.sort((one, other) => one - other);
  // What is large is on its way for a while.
  process.send?.({ start, end: Date.now(), failed, times: sorted }, () => process.disconnect?.());

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
});
