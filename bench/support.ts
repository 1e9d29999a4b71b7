import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, SettableClock, systemClock } from '#kit/clock.ts';
import { readConfig } from '#kit/config.ts';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { type OpenKit, openKit } from '#kit/open-kit.ts';
import { createUser, issueToken } from '../server/modules/identity/index.ts';

export interface BenchKit extends AsyncDisposable {
  readonly kit: Kit;
  readonly clock: SettableClock;
  readonly dataDir: string;
}

/** An installation of its own with the settings that `nadi up` uses, durable writes included. */
export async function benchKit(now: string): Promise<BenchKit> {
  await using cleanup = new AsyncDisposableStack();
  const { dataDir } = cleanup.use(await benchFolder());
  const clock = new SettableClock(now);
  const open = cleanup.use(await openIn(dataDir, clock));
  const owned = cleanup.move();
  return { kit: open.kit, clock, dataDir, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export interface BenchFolder extends AsyncDisposable {
  readonly dataDir: string;
  /** Opens the installation for `work`, and closes it, so that a server can then be started on the folder. */
  withKit<T>(work: (kit: Kit) => Promise<T>): Promise<T>;
}

/** The data folder of an installation that is thrown away. */
export async function benchFolder(): Promise<BenchFolder> {
  const dataDir = await mkdtemp(join(tmpdir(), 'nadi-bench-'));
  return {
    dataDir,
    async withKit(work) {
      await using open = await openIn(dataDir, systemClock);
      return await work(open.kit);
    },
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  };
}

async function openIn(dataDir: string, clock: Clock): Promise<OpenKit> {
  await using cleanup = new AsyncDisposableStack();
  const config = readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dataDir);
  const open = cleanup.use(await openKit(config, { onBusy: 'refuse', command: 'nadi bench', clock }));
  await migrateAll(open.kit);
  cleanup.move();
  return open;
}

/** A bearer token of an administrator made for it. */
export async function benchToken(kit: Kit): Promise<string> {
  const author = systemAuthor('bench');
  return inTransaction(kit.db, async (tx) => {
    const user = {
      name: 'Bench',
      email: 'bench@example.com',
      password: 'not used to sign in',
      role: 'admin' as const,
    };
    const { id: userId } = await createUser(kit, tx, author, user);
    return (await issueToken(kit, tx, author, { userId, name: 'bench', expiresAt: null })).plain;
  });
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Watches the memory of this process; `peak` gives the most seen so far, in MB. */
export function watchMemory(): { peak(): number; stop(): void } {
  let most = process.memoryUsage.rss();
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  return {
    peak: () => Math.round(Math.max(most, process.memoryUsage.rss()) / 1_048_576),
    stop: () => clearInterval(timer),
  };
}

/** One line of figures, and whether it is within its limit. */
export function verdict(name: string, value: number, limit: number, unit: string): string {
  return `${value <= limit ? 'ok    ' : 'MISSED'}  ${name}: ${value.toFixed(2)}${unit} (limit ${limit}${unit})`;
}
