import { Agent, request } from 'node:http';

// Sends notifications from a process of its own: so many at a time, each timed from its sending to its answer.

interface Plan {
  readonly url: string;
  readonly bodies: readonly string[];
  readonly atOnce: number;
}

function send(url: string, agent: Agent, body: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const sent = request(url, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  sent.once('response', (answer) => {
    answer.resume();
    answer.once('end', () => resolve(answer.statusCode));
  });
  sent.once('error', () => resolve(undefined));
  sent.end(body);
  return promise;
}

process.once('message', async ({ url, bodies, atOnce }: Plan) => {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce, scheduling: 'fifo' });
  const queue = bodies.values();
  const times: number[] = [];
  let failed = 0;
  const start = Date.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const body of queue) {
        const before = performance.now();
        const status = await send(url, agent, body);
        times.push(performance.now() - before);
        if (status !== 200) failed += 1;
      }
    }),
  );
  agent.destroy();
  const sorted = times.sort((one, other) => one - other);
  // What is large is on its way for a while.
  process.send?.({ start, end: Date.now(), failed, times: sorted }, () => process.disconnect?.());
});
