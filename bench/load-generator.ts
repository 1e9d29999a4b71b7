import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadFigures, type LoadPlan, type PlannedRequest, quantile } from './load-plan.ts';

// A process of its own (see run-load.ts), so that the server's time is the server's.

/** Sends a request; true for a 2xx answer. */
function send(plan: LoadPlan, agent: Agent, planned: PlannedRequest): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const sent = request(
    plan.url + planned.path,
    {
      agent,
      method: planned.method,
      headers: {
        authorization: `Bearer ${plan.token}`,
        ...(planned.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    },
    (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode !== undefined && answer.statusCode < 300));
      answer.once('error', () => resolve(false));
    },
  );
  sent.once('error', () => resolve(false));
  sent.end(planned.body);
  return promise;
}

async function runPlan(plan: LoadPlan): Promise<readonly LoadFigures[]> {
  // First in, first out: the connections take turns, so that all of them are in use.
  const agent = new Agent({
    keepAlive: true,
    maxSockets: plan.connections,
    maxFreeSockets: plan.connections,
    scheduling: 'fifo',
  });
  await Promise.all(
    Array.from({ length: plan.connections }, () =>
      send(plan, agent, { kind: '', method: 'GET', path: '/livez' }),
    ),
  );
  const times = new Map<string, { taken: number[]; failed: number }>();
  const measure = async (planned: PlannedRequest, due: number) => {
    const good = await send(plan, agent, planned);
    const figures = times.getOrInsertComputed(planned.kind, () => ({ taken: [], failed: 0 }));
    if (good) figures.taken.push(performance.now() - due);
    else figures.failed += 1;
  };
  const at = (index: number) =>
    plan.requests[index % plan.requests.length] ?? { kind: '', method: 'GET', path: '/livez' };
  const start = performance.now();
  await (plan.rate === undefined
    ? closedLoop(plan, start, at, measure)
    : openLoop(plan, plan.rate, start, at, measure));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return [...times].map(([kind, { taken, failed }]) => {
    const sorted = taken.sort((one, other) => one - other);
    return {
      kind,
      count: sorted.length,
      failed,
      perSecond: sorted.length / seconds,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      max: sorted.at(-1) ?? Number.NaN,
    };
  });
}

type At = (index: number) => PlannedRequest;
type Measure = (planned: PlannedRequest, due: number) => Promise<void>;

/** A request is due every 1/rate seconds and timed from then: a stalled server cannot hide the ones that it delays. */
async function openLoop(
  plan: LoadPlan,
  rate: number,
  start: number,
  at: At,
  measure: Measure,
): Promise<void> {
  const total = plan.seconds * rate;
  const running: Promise<void>[] = [];
  while (running.length < total) {
    const due = start + (running.length * 1000) / rate;
    if (due > performance.now()) await delay(1);
    else running.push(measure(at(running.length), due));
  }
  await Promise.all(running);
}

async function closedLoop(plan: LoadPlan, start: number, at: At, measure: Measure): Promise<void> {
  let next = 0;
  const connection = async () => {
    while (performance.now() < start + plan.seconds * 1000) {
      const planned = at(next);
      next += 1;
      await measure(planned, performance.now());
    }
  };
  await Promise.all(Array.from({ length: plan.connections }, connection));
}

process.once('message', async (plan: LoadPlan) => {
  process.send?.(await runPlan(plan));
  process.disconnect?.();
});
