import { join } from 'node:path';
import { inheritedFrom } from '#supervised';
import { hold } from '../../../agent/supervise/hold.ts';
import { usualPatience } from '../../../agent/supervise/patience.ts';
import { type Ending, supervise } from '../../../agent/supervise/run.ts';
import type { Place } from '../../../agent/supervise/sockets.ts';

// An agent of its own: node agent-child.ts FOLDER PORT DATA|- VERSION COMMAND…, which holds the port where it is not given one.
const [, , folder = '', port = '', dataDir = '', version = '', ...command] = process.argv;
const now = Temporal.Instant.from('2026-03-01T02:00:00Z');
const clock = { now: () => now };
const tell = (line: string) => process.stderr.write(`${line}\n`);
const places: Place[] = [{ name: 'http', host: '127.0.0.1', port: Number(port) }];
const inherited = inheritedFrom(process.env, process.pid);
const told = Promise.withResolvers<Ending>();
const stopping = new AbortController();
process.on('SIGTERM', () => {
  told.resolve('stop');
  stopping.abort();
});
const environment = { PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '100000000' };

if (inherited === undefined) {
  const itself = [process.execPath, join(import.meta.dirname, 'agent-child.ts'), ...process.argv.slice(2)];
  await hold({ folder, places, command: itself, environment, clock, tell }, stopping.signal);
} else {
  process.stdin.on('end', () => told.resolve('stop')).resume();
  const how = await supervise(
    {
      folder,
      places,
      inherited,
      clock,
      tell,
      patience: { ...usualPatience, againMs: 20 },
      ...(dataDir === '-' ? {} : { dataDir, postgresSettings: { fsync: 'off', shared_buffers: '16MB' } }),
      program: (databaseUrl) => ({
        version,
        command,
        folder: '/',
        environment: {
          ...environment,
          ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl, NADI_DATA_DIR: dataDir }),
        },
      }),
      handlers: (supervisor) => ({
        'POST /switch': async (body) => {
          const { wanted } = supervisor;
          // What the test sends.
          const next = body as { readonly version: string; readonly command: readonly string[] };
          if (wanted !== undefined) await supervisor.switchTo({ ...wanted, ...next });
        },
      }),
    },
    told.promise,
  );
  process.exit(how === 'stop' ? 0 : 75);
}
