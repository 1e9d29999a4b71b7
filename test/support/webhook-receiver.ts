import { createServer, type IncomingHttpHeaders } from 'node:http';

/** What was received. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, string>>;
  /** How many were being answered as it came, itself among them. */
  readonly atOnce: number;
  readonly milliseconds: number;
}

/** Somebody who takes notifications over HTTP and remembers them. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** The status of the next answers: 200 at first. `undefined` never answers. */
  status: number | undefined;
  /** Real time that each answer takes. */
  milliseconds: number;
}

/** Receives on any free port of this machine. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const settings: { status: number | undefined; milliseconds: number } = { status: 200, milliseconds: 0 };
  let open = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    const atOnce = open;
    let text = '';
    for await (const piece of request) text += piece;
    const { url: path = '', headers } = request;
    received.push({ path, headers, body: JSON.parse(text), atOnce, milliseconds: performance.now() });
    setTimeout(() => {
      open -= 1;
      if (settings.status !== undefined) response.writeHead(settings.status).end('noted');
    }, settings.milliseconds);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return Object.assign(settings, {
    url: `http://127.0.0.1:${address.port}/notification`,
    received,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  });
}
