import { setTimeout as delay } from 'node:timers/promises';
import { AgentError, type Said } from '../errors.ts';
import { ofTheMachine } from '../machine-faults.ts';
import type { AddCommand, Common, Finish, Process, Result } from './context.ts';
import { heartbeat } from './heartbeat-command.ts';
import { scheduled } from './scheduled.ts';
import { sendWaiting } from './send-waiting.ts';

/** `agent:watch`: what a timetable would do, by itself, until it is told to stop. */
export function addWatch(add: AddCommand, process: Process, finish: Finish): void {
  add(
    'agent:watch',
    'Give a sign of life every five minutes and check for updates, until it is stopped',
  ).action((options: Common) => finish(options, () => watch(process, options)));
}

const everyMs = 5 * 60 * 1000;
/** So that installations that were started together do not go on together. */
const jitter = 0.1;

async function watch(process: Process, options: Common): Promise<Result> {
  const { signal, terminal } = process;
  while (!signal.aborted) {
    for (const { en } of await round(process, options)) terminal.note(en);
    const wait = everyMs * (1 - jitter + 2 * jitter * Math.random());
    await delay(wait, undefined, { signal }).catch(() => {});
  }
  return { lines: [], json: { status: 'stopped' } };
}

/** What is due now, and what there is to tell of it. What fails is told and left to the next round. */
async function round(process: Process, options: Common): Promise<readonly Said[]> {
  const told: Said[] = [];
  for (const work of [heartbeat, scheduled, sendWaiting])
    try {
      const { lines, json } = await work(process, options);
      // Whoever updates from elsewhere has nobody to give a sign of life to.
      if (!('code' in json && json.code === 'not_configured')) told.push(...lines);
    } catch (thrown) {
      const error = thrown instanceof AgentError ? thrown : ofTheMachine(thrown);
      if (error === undefined) throw thrown;
      told.push(error.said);
    }
  return told;
}
