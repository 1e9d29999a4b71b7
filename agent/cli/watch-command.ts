import { setTimeout as delay } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import type { AddCommand, Common, Finish, Process, Result } from './context.ts';
import { heartbeat } from './heartbeat-command.ts';
import { scheduledCheck } from './update-commands.ts';

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
  const told = ({ lines }: Result) => {
    for (const { en } of lines) terminal.note(en);
  };
  while (!signal.aborted) {
    told(await heartbeat(process, options));
    try {
      told(await scheduledCheck(process, options));
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      terminal.note(error.said.en);
    }
    const wait = everyMs * (1 - jitter + 2 * jitter * Math.random());
    await delay(wait, undefined, { signal }).catch(() => {});
  }
  return { lines: [], json: { status: 'stopped' } };
}
