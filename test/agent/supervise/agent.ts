import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../update-world.ts';
import { childOf } from './processes.ts';

/** An agent with its holder, as they run where there is no systemd. */
export interface RunningAgent {
  readonly pid: number;
  /** What it told, line by line. */
  readonly said: () => string;
  /** Asks it over its control socket. */
  control(method: string, path: string, body?: unknown): Promise<Status>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Status {
  readonly wanted?: string;
  readonly servers?: readonly { readonly phase: string; readonly version: string; readonly pid: number }[];
  readonly agent?: number;
}

const childIn = (file: string) => join(import.meta.dirname, file);

/** Starts one that looks after a program, or after Nadi with the PostgreSQL of `dataDir`; returns once that serves. */
export async function startAgent(
  folder: string,
  port: number,
  program: { readonly version: string; readonly command: readonly string[] } | { readonly dataDir: string },
): Promise<RunningAgent> {
  const what = 'dataDir' in program ? [program.dataDir] : ['-', program.version, ...program.command];
  return await started(folder, [childIn('agent-child.ts'), folder, String(port), ...what]);
}

/** Starts the one of a world; returns once that is served. */
export function startWorldAgent(world: World, port: number): Promise<RunningAgent> {
  return started(join(world.folder, 'agent'), [
    childIn('world-agent.ts'),
    JSON.stringify(world),
    String(port),
  ]);
}

async function started(folder: string, words: readonly string[]): Promise<RunningAgent> {
  const holder = spawn(process.execPath, [...words], {
    env: { ...process.env, LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '100000000' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  holder.stderr.setEncoding('utf8').on('data', (piece) => {
    said += piece;
  });
  const isOver = () => holder.exitCode !== null || holder.signalCode !== null;
  const control = (method: string, path: string, body?: unknown) =>
    askControl(join(folder, 'run/control.sock'), method, path, body);
  const agent: RunningAgent = {
    pid: holder.pid ?? 0,
    said: () => said,
    control,
    async stop() {
      if (isOver()) return;
      holder.kill('SIGTERM');
      await once(holder, 'exit');
    },
    async kill() {
      holder.kill('SIGKILL');
      if (!isOver()) await once(holder, 'exit');
    },
  };
  await until(async () => {
    if (isOver()) throw new Error(`The agent ended: ${said}`);
    if (!existsSync(join(folder, 'run/control.sock'))) return false;
    const status = await control('GET', '/status').catch((): Status => ({}));
    // One before it may still be on its way out.
    if (status.agent !== childOf(agent.pid)) return false;
    return status.servers?.some(({ phase }) => phase === 'serving') === true;
  });
  return agent;
}

async function askControl(socketPath: string, method: string, path: string, body: unknown): Promise<Status> {
  const asking = request({ socketPath, method, path, agent: false });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = await once(asking, 'response');
  const said: unknown = JSON.parse(await text(answer));
  if (answer.statusCode !== 200) throw new Error(JSON.stringify(said));
  return said as Status; // What run.ts answers.
}

/** Waits for something that comes about by itself, a minute at most. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error('It did not come about within a minute.');
    await delay(10);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
