import { join } from 'node:path';
import { nadiAt } from '../../../agent/supervise/nadi.ts';
import { usualPatience } from '../../../agent/supervise/patience.ts';
import type { Program } from '../../../agent/supervise/program.ts';
import { runAgent } from '../../../agent/supervise/run-agent.ts';

// An agent of its own: node agent-child.ts FOLDER PORT - VERSION COMMAND…, or FOLDER PORT DATA for Nadi itself, which holds the port itself where it is not given one.
const [, , folder = '', port = '', dataDir = '', version = '', ...command] = process.argv;
const now = Temporal.Instant.from('2026-03-01T02:00:00Z');
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

process.exitCode = await runAgent(
  {
    folder,
    ...(dataDir === '-'
      ? {
          places: [{ name: 'http', host: '127.0.0.1', port: Number(port) }],
          tree: () => ({ version, folder: '/' }),
          programOf: (tree) => ({ ...tree, command, environment: {} }),
        }
      : {
          ...nadiAt({ root: join(import.meta.dirname, '../../..') }, { PORT: port, NADI_DATA_DIR: dataDir }),
          postgresSettings: { fsync: 'off', shared_buffers: '16MB' },
        }),
    clock: { now: () => now },
    tell: (line) => process.stderr.write(`${line}\n`),
    patience: { ...usualPatience, againMs: 20 },
    handlers: (supervisor) => ({
      'POST /exchange': async (body) => {
        const { wanted } = supervisor;
        // What the test sends.
        const next = body as Partial<Program>;
        const environment = { ...wanted?.environment, ...next.environment };
        if (wanted !== undefined) await supervisor.switchTo({ ...wanted, ...next, environment });
      },
    }),
  },
  {
    pid: process.pid,
    env: process.env,
    stdin: process.stdin,
    command: [process.execPath, ...process.argv.slice(1)],
    signal: stopping.signal,
  },
);
process.exit();
