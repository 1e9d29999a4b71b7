import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { zipOf } from '#release-metadata';

export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server on a real socket that answers what a test says, and remembers what it was asked. */
export class Host implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, Answer>();
  /** What is asked for that no answer is there for. */
  otherwise: Answer = (_request, response) => response.writeHead(404).end();
  url = '';
  readonly #server = createServer((request, response) => {
    const path = request.url ?? '';
    this.asked.push({ path, headers: request.headers });
    const answer = this.answers.get(path) ?? this.answers.get(path.replace(/\?.*$/, ''));
    (answer ?? this.otherwise)(request, response);
  });

  static async start(): Promise<Host> {
    const host = new Host();
    host.#server.listen(0, '127.0.0.1');
    await once(host.#server, 'listening');
    const address = host.#server.address();
    host.url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
    return host;
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.asked.filter((each) => each.path.startsWith(path)).length;
  }

  json(path: string, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.answers.set(path, (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value)),
    );
  }

  /** A file that is given in ranges as well. */
  file(path: string, bytes: Buffer): void {
    this.answers.set(path, (request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (from === 0) response.writeHead(200).end(bytes);
      else if (from >= bytes.length) response.writeHead(416).end();
      else
        response
          .writeHead(206, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
          .end(bytes.subarray(from));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** A package of these files. */
export async function packageOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const listed = Object.entries(files).map(([path, text]) => ({
    path,
    hash: sha256(text),
    size: Buffer.byteLength(text),
    executable: false,
  }));
  const pieces = await Array.fromAsync(
    zipOf(listed, async ({ path }) =>
      (async function* () {
        yield Buffer.from(files[path] ?? '');
      })(),
    ),
  );
  return Buffer.concat(pieces);
}

/** A release as GitHub lists it, of which the host gives the package. */
export async function release(host: Host, version: string, more: object = {}, asset: object = {}) {
  const bytes = await packageOf({ 'app/now.txt': `${version}\n`, 'app/big.txt': 'x'.repeat(300_000) });
  const path = `/assets/${version}.zip`;
  host.file(path, bytes);
  return {
    tag_name: `v${version}`,
    draft: false,
    prerelease: false,
    body: `Rilis ${version}`,
    published_at: '2026-01-10T00:00:00Z',
    assets: [
      {
        name: `app-${version}.zip`,
        url: `${host.url}${path}`,
        browser_download_url: `${host.url}${path}`,
        state: 'uploaded',
        size: bytes.length,
        digest: `sha256:${sha256(bytes)}`,
        ...asset,
      },
    ],
    ...more,
  };
}
