import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '#kit/clock.ts';
import { openState } from '../agent/state/open-state.ts';
import { usualPatience } from '../agent/supervise/patience.ts';
import { ownPostgres } from '../agent/supervise/postgres.ts';
import type { Program } from '../agent/supervise/program.ts';
import { holdSockets } from '../agent/supervise/sockets.ts';
import { Supervisor } from '../agent/supervise/supervisor.ts';
import { runLoad } from './run-load.ts';
import { benchFolder, benchToken, verdict } from './support.ts';

const repository = join(import.meta.dirname, '..');
const rate = 200;
/** At most as long as a person who waits would not call it a failure. */
const longestGapMs = 1000;

/** Issue 7: Nadi under 200 requests a second is updated to the next release and rolled back, and no request of at least 20,000 fails. */
export async function benchUpdate(rows: number, print: (line: string) => void): Promise<boolean> {
  const wanted = Math.min(rows, 20_000);
  const seconds = Math.max(30, Math.ceil((wanted * 1.02) / rate));
  await using folder = await benchFolder();
  print('Making an installation and two releases …');
  const token = await folder.withKit(benchToken);
  await using cleanup = new AsyncDisposableStack();
  const agentFolder = join(folder.dataDir, 'agent');
  const { db } = cleanup.use(openState(agentFolder));
  const sockets = await holdSockets([{ name: 'http', host: '127.0.0.1', port: 0 }], undefined);
  for (const socket of sockets) cleanup.use(socket);
  const tell = (line: string) => print(`  ${line}`);
  const postgres = await ownPostgres({ dataDir: folder.dataDir, clock: systemClock, tell });
  cleanup.defer(() => postgres.stop());
  const supervisor = await Supervisor.open({
    db,
    clock: systemClock,
    folder: agentFolder,
    sockets,
    environment: process.env,
    patience: usualPatience,
    tell,
  });
  cleanup.defer(() => supervisor.stop());
  const programOf = (version: string): Program => ({
    version,
    command: [
      process.execPath,
      '--expose-gc',
      join(release(folder.dataDir, version), 'server/main.ts'),
      'up',
    ],
    folder: '/',
    environment: {
      LOG_LEVEL: 'warn',
      DATABASE_URL: postgres.url,
      NADI_DATA_DIR: folder.dataDir,
      RATE_LIMIT_PER_MINUTE: '100000000',
    },
  });
  const [before, next] = [programOf('1.0.0'), programOf('1.1.0')];
  await supervisor.switchTo(before);
  print(`Sending ${rate} requests/s for ${seconds} s …`);
  const requests = ['/api/customers', '/api/invoices', '/api/me'].map((path) => ({
    kind: 'all',
    method: 'GET' as const,
    path,
  }));
  const url = `http://127.0.0.1:${sockets[0]?.port}`;
  const loading = runLoad({ url, token, connections: 20, seconds, rate, requests });
  const times: number[] = [];
  for (const program of [next, before]) {
    await delay((seconds * 1000) / 4);
    const begun = performance.now();
    await supervisor.switchTo(program);
    times.push(performance.now() - begun);
  }
  const figures = (await loading).get('all');
  if (figures === undefined) throw new Error('The load generator measured nothing.');
  const [update = 0, rollback = 0] = times;
  print(
    `update served after ${(update / 1000).toFixed(1)} s, rollback after ${(rollback / 1000).toFixed(1)} s`,
  );
  print(`${figures.count} requests, p50 ${figures.p50.toFixed(1)} ms, p99 ${figures.p99.toFixed(1)} ms`);
  print(verdict('failed requests', figures.failed, 0, ''));
  print(verdict('longest wait', figures.max, longestGapMs, ' ms'));
  return figures.failed === 0 && figures.max <= longestGapMs;
}

/** A tree of its own with the code of this one, that calls itself so. */
function release(dataDir: string, version: string): string {
  const tree = join(dataDir, 'releases', version);
  mkdirSync(tree, { recursive: true });
  for (const name of ['server', 'packages'])
    cpSync(join(repository, name), join(tree, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(tree, 'node_modules'));
  const about: unknown = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  writeFileSync(join(tree, 'package.json'), JSON.stringify({ ...Object(about), version }));
  return tree;
}
