import { once } from 'node:events';
import { createServer } from 'node:net';

export interface FakePostgres extends AsyncDisposable {
  readonly url: string;
}

/**
 * Speaks enough of PostgreSQL's protocol (version 3, chapter 55 of its manual) to be asked for its version, and answers
 * every query with that one number.
 */
export async function startFakePostgres(version: number): Promise<FakePostgres> {
  const server = createServer((socket) => {
    let started = false;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (!started) {
        started = true;
        socket.write(Buffer.concat([message('R', int32(0)), ready]));
      } else if (bytes[0] === 'Q'.charCodeAt(0)) {
        socket.write(Buffer.concat([columns, row(String(version)), message('C', text('SELECT 1')), ready]));
      } else {
        socket.end();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `postgres://nadi@127.0.0.1:${port}/nadi`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const ready = message('Z', Buffer.from('I'));
/** One column named `version` of the type int4. */
const columns = message(
  'T',
  Buffer.concat([int16(1), text('version'), int32(0), int16(0), int32(23), int16(4), int32(-1), int16(0)]),
);

function row(value: string): Buffer {
  return message('D', Buffer.concat([int16(1), int32(value.length), Buffer.from(value)]));
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
