import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameInUse } from '../../../agent/layouts/releases.ts';
import { usualPatience } from '../../../agent/supervise/patience.ts';
import { runAgent } from '../../../agent/supervise/run-agent.ts';
import { settle } from '../../../agent/supervise/settle.ts';
import { installationOf, versionOf, type World } from '../update-world.ts';

// The agent that has the servers of a world in releases: node world-agent.ts WORLD PORT. A file `fault` beside it says of which version a server is ill, dies or lies.
const [, , json = '', port = ''] = process.argv;
const world = JSON.parse(json) as World; // As the tests give it.
const installation = installationOf(world);
const { root, folder } = installation;
const now = Temporal.Instant.from('2026-03-01T02:00:00Z');
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

function faultOf(version: string): string {
  const file = join(world.folder, 'fault');
  const [of, fault = ''] = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : [];
  return of === version ? fault : '';
}

process.exitCode = await runAgent(
  {
    folder,
    places: [{ name: 'http', host: '127.0.0.1', port: Number(port) }],
    tree: () => ({ version: versionOf(installation), folder: join(root, 'releases', nameInUse(root)) }),
    programOf: ({ version, folder: tree }) => ({
      version,
      command: [process.execPath, join(import.meta.dirname, 'small-server.ts'), version, faultOf(version)],
      folder: tree,
      environment: {},
    }),
    settle: (settling) => settle(settling, { now: () => now }, installation),
    clock: { now: () => now },
    tell: (line) => process.stderr.write(`${line}\n`),
    patience: { ...usualPatience, startMs: 3000, askMs: 20, againMs: 20 },
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
