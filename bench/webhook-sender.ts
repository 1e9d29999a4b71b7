import { postBytes, sendAll } from './bare-sockets.ts';

// Sends notifications from a process of its own.

interface Plan {
  readonly url: string;
  readonly bodies: readonly string[];
  readonly atOnce: number;
}

process.once('message', async ({ url, bodies, atOnce }: Plan) => {
  const requests = bodies.map((body) => postBytes(url, body)).values();
  const sent = await sendAll(url, requests, atOnce);
  // What is large is on its way for a while.
  process.send?.(sent, () => process.disconnect?.());
});
