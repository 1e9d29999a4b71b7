import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, realpathSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '#kit/config.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { openKit } from '#kit/open-kit.ts';
import { makeDelta, changedFiles as newAndChanged, type OpenFile, zipOf } from '#release-metadata';
import { Host, packageOf, sha256 } from '../test/agent/release-host.ts';
import { changedFiles, layNadi, layReleases } from '../test/support/nadi-tree.ts';
import { freePort } from './nadi-process.ts';
import { readTree } from './patches-tree.ts';
import { runLoad } from './run-load.ts';
import { benchToken, verdict } from './support.ts';

const rate = 200;
/** At most as long as a person who waits would not call it a failure. */
const longestGapMs = 1000;
const [before, next] = ['9.0.0', '9.1.0'] as const;

/**
 * Issue 7: Nadi under 200 requests a second is updated to the next release by update:apply and taken back by update:rollback, and no request
 * of at least 20,000 fails.
 */
export async function benchUpdate(rows: number, print: (line: string) => void): Promise<boolean> {
  const wanted = Math.min(rows, 20_000);
  const leastSeconds = Math.max(20, Math.ceil((wanted * 1.02) / rate));
  const root = realpathSync(await mkdtemp('/tmp/nadi-bench-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(root, { recursive: true, force: true }));
  await chmod(root, 0o755);
  print('Making an installation and its next release …');
  const host = cleanup.use(await Host.start());
  const bytes = await packageOf(changedFiles(next));
  host.file('/next.zip', bytes);
  const offer = { version: next, download_url: `${host.url}/next.zip`, checksum: sha256(bytes) };
  host.json('/check', { ...offer, download_size: bytes.length, has_migrations: true, compatible: true });
  const port = await freePort();
  const env = { PORT: String(port), UPDATE_SOURCE: 'custom', UPDATE_CHECK_URL: `${host.url}/check` };
  layReleases(root, before, { ...env, RATE_LIMIT_PER_MINUTE: '100000000', LOG_LEVEL: 'warn' });
  const token = await tokenOf(join(root, 'shared/data'));
  const service = spawn(join(root, 'nadi'), ['agent', 'run'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  service.stderr.setEncoding('utf8').on('data', (said: string) => print(`  ${said.trimEnd()}`));
  cleanup.defer(async () => {
    service.kill('SIGTERM');
    if (service.exitCode === null && service.signalCode === null) await once(service, 'exit');
  });
  await untilReady(`http://127.0.0.1:${port}/readyz`);
  print(`Sending ${rate} requests/s for ${leastSeconds} s …`);
  const requests = ['/api/customers', '/api/invoices', '/api/me'].map((path) => ({
    kind: 'all',
    method: 'GET' as const,
    path,
  }));
  const url = `http://127.0.0.1:${port}`;
  const loading = runLoad({ url, token, connections: 20, seconds: leastSeconds, rate, requests });
  const times: number[] = [];
  for (const words of [
    ['update:apply', '--force'],
    ['update:rollback', '--force'],
  ]) {
    await delay((leastSeconds * 1000) / 5);
    const begun = performance.now();
    await command(root, words);
    times.push((performance.now() - begun) / 1000);
  }
  const ended = await Promise.race([loading, undefined]);
  if (ended !== undefined) print('The load ended before the rollback: it counts for less.');
  const figures = (await loading).get('all');
  if (figures === undefined) throw new Error('The load generator measured nothing.');
  const [update = 0, rollback = 0] = times;
  print(`update:apply took ${update.toFixed(1)} s, update:rollback ${rollback.toFixed(1)} s`);
  const { delta, full } = await sizesOf(root);
  print(
    `fetched ${kb(bytes.length)}; as a delta ${kb(delta)}, of a full package of ${kb(full)}: ${((100 * delta) / full).toFixed(2)} %`,
  );
  print(`${figures.count} requests, p50 ${figures.p50.toFixed(1)} ms, p99 ${figures.p99.toFixed(1)} ms`);
  print(verdict('failed requests', figures.failed, 0, ''));
  print(verdict('longest wait', figures.max, longestGapMs, ' ms'));
  return figures.failed === 0 && figures.max <= longestGapMs && ended === undefined;
}

async function tokenOf(dataDir: string): Promise<string> {
  const config = readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dataDir);
  await using open = await openKit(config, { onBusy: 'refuse', command: 'nadi bench' });
  await migrateAll(open.kit);
  return await benchToken(open.kit);
}

async function untilReady(url: string): Promise<void> {
  const limit = performance.now() + 120_000;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    if (performance.now() > limit) throw new Error('./nadi agent run did not become ready.');
    await delay(50);
  }
}

async function command(root: string, words: readonly string[]): Promise<void> {
  const child = spawn(join(root, 'nadi'), [...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, notes, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${out}${notes}`);
}

/** Bytes that the vendor's server gives of the next release, to who has the one before and to who has none. */
async function sizesOf(root: string): Promise<{ readonly delta: number; readonly full: number }> {
  const trees = [join(root, 'one'), join(root, 'other')] as const;
  for (const [n, version] of [before, next].entries()) layNadi(trees[n] ?? '', version, false);
  const [a, b] = [await readTree(trees[0], before), await readTree(trees[1], next)];
  const open =
    (folder: string): OpenFile =>
    async ({ path }) =>
      createReadStream(join(folder, path));
  const delta = await makeDelta(a, b, { from: open(trees[0]), to: open(trees[1]) });
  const made = delta ?? zipOf(newAndChanged(a, b), open(trees[1]));
  const pieces = async (of: AsyncIterable<Uint8Array>) => (await buffer(of)).length;
  return { delta: await pieces(made), full: await pieces(zipOf(b.files, open(trees[1]))) };
}

const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
