import { setTimeout as delay } from 'node:timers/promises';
import { placeOf } from '../config/place.ts';
import { readConfig } from '../config/read-config.ts';
import { AgentError, type Said } from '../errors.ts';
import { askAgent } from '../supervise/ask-agent.ts';
import { launcherOf, nadiAt } from '../supervise/nadi.ts';
import { runAgent } from '../supervise/run-agent.ts';
import { settle } from '../supervise/settle.ts';
import type { Status } from '../supervise/status.ts';
import type { AddCommand, Common, Finish, Process, Result } from './context.ts';

/** Running Nadi itself, and speaking to whoever does. */
export function addSupervising(add: AddCommand, process: Process, finish: Finish): void {
  add('agent:run', 'Run Nadi and its PostgreSQL and look after them, until it is told to stop').action(
    (options: Common) => finish(options, () => run(process, options)),
  );
  add('agent:status', 'Tell what the agent looks after').action((options: Common) =>
    finish(options, async () => {
      const { installation } = readConfig(process, options.root);
      return told(await statusOf(installation.folder, process.signal));
    }),
  );
  add('agent:restart', 'Start the agent anew; Nadi and its PostgreSQL go on meanwhile').action(
    (options: Common) => finish(options, () => restart(process, options)),
  );
  add('agent:stop', 'End Nadi, its PostgreSQL and the agent').action((options: Common) =>
    finish(options, () => stop(process, options)),
  );
}

async function run(process: Process, options: Common): Promise<Result> {
  const { env, pid, stdin, signal, clock, terminal } = process;
  const { installation } = readConfig(process, options.root);
  const { root, folder } = installation;
  const code = await runAgent(
    {
      ...nadiAt(installation, placeOf(env, process.cwd, options.root).env),
      folder,
      clock,
      tell: (line) => terminal.note(line),
      settle: (settling) => settle(settling, clock, installation),
    },
    { pid, env, stdin, signal, command: [launcherOf(installation), 'agent', 'run', '--root', root] },
  );
  return { lines: [], json: { status: code === 0 ? 'stopped' : 'restarts' }, code };
}

const statusOf = async (folder: string, signal: AbortSignal): Promise<Status> =>
  (await askAgent(folder, 'GET', '/status', { signal })) as Status; // As supervise() answers.

const phases: Readonly<Record<Status['servers'][number]['phase'], Said>> = {
  starting: { en: 'stands by', id: 'bersiap' },
  serving: { en: 'serves', id: 'melayani' },
  draining: { en: 'finishes what it has in hand', id: 'menyelesaikan yang tersisa' },
};

function told(status: Status): Result {
  const { agent, has_postgres: hasPostgres, servers } = status;
  return {
    lines: [
      {
        en: `The agent (process ${agent}) looks after this installation${hasPostgres ? ' and its PostgreSQL' : ''}.`,
        id: `Agen (proses ${agent}) menjaga instalasi ini${hasPostgres ? ' beserta PostgreSQL-nya' : ''}.`,
      },
      ...servers.map(({ phase, version: of, pid, started_at: since }) => ({
        en: `  ${of}  ${phases[phase].en}  (process ${pid}, since ${since})`,
        id: `  ${of}  ${phases[phase].id}  (proses ${pid}, sejak ${since})`,
      })),
    ],
    json: status,
    code: servers.some(({ phase }) => phase === 'serving') ? 0 : 1,
  };
}

const nextMs = 60_000;
const lookEveryMs = 100;

async function restart(process: Process, options: Common): Promise<Result> {
  const { folder } = readConfig(process, options.root).installation;
  const before = await statusOf(folder, process.signal);
  await askAgent(folder, 'POST', '/restart', process);
  const next = await eventually(process, async () => {
    const status = await statusUnlessGone(folder, process.signal);
    return status?.agent === before.agent ? undefined : status;
  });
  if (next !== undefined) return told(next);
  throw new AgentError('not_restarted', {
    en: 'The agent ended, and no other one answers. Nadi goes on. Look into the agent’s output (journalctl -u nadi), and start it.',
    id: 'Agen berakhir, dan belum ada agen lain yang menjawab. Nadi tetap berjalan. Periksa keluaran agen (journalctl -u nadi), lalu jalankan lagi.',
  });
}

async function stop(process: Process, options: Common): Promise<Result> {
  const { folder } = readConfig(process, options.root).installation;
  await askAgent(folder, 'POST', '/stop', process);
  const limit = 3 * nextMs;
  const isGone = await eventually(
    process,
    async () => ((await statusUnlessGone(folder, process.signal)) === undefined ? true : undefined),
    limit,
  );
  return isGone === true
    ? { lines: [{ en: 'Stopped.', id: 'Berhenti.' }], json: { status: 'stopped' } }
    : {
        lines: [
          {
            en: 'Told to stop; requests in hand are still being finished.',
            id: 'Sudah diminta berhenti; permintaan yang sedang berjalan masih diselesaikan.',
          },
        ],
        json: { status: 'stopping' },
      };
}

async function statusUnlessGone(folder: string, signal: AbortSignal): Promise<Status | undefined> {
  try {
    return await statusOf(folder, signal);
  } catch (error) {
    if (error instanceof AgentError && error.code === 'not_supervised') return undefined;
    throw error;
  }
}

async function eventually<T>(
  { signal }: Process,
  look: () => Promise<T | undefined>,
  withinMs = nextMs,
): Promise<T | undefined> {
  const limit = performance.now() + withinMs;
  while (performance.now() < limit) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(lookEveryMs, undefined, { signal });
  }
  return undefined;
}
