import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettableClock } from '#kit/clock.ts';
import { readConfig } from '#kit/config.ts';
import type { Kit } from '#kit/kit.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { openKit } from '#kit/open-kit.ts';

export interface BenchKit extends AsyncDisposable {
  readonly kit: Kit;
  readonly clock: SettableClock;
  readonly dataDir: string;
}

/** An installation of its own with the settings that `nadi up` uses, durable writes included. */
export async function benchKit(now: string): Promise<BenchKit> {
  const dataDir = await mkdtemp(join(tmpdir(), 'nadi-bench-'));
  const clock = new SettableClock(now);
  const config = readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dataDir);
  const open = await openKit(config, { onBusy: 'refuse', command: 'nadi bench', clock });
  await migrateAll(open.kit);
  return {
    kit: open.kit,
    clock,
    dataDir,
    async [Symbol.asyncDispose]() {
      await open[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
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
  return { peak: () => Math.round(Math.max(most, process.memoryUsage.rss()) / 1_048_576), stop: () => clearInterval(timer) };
}

/** One line of figures, and whether it is within its limit. */
export function verdict(name: string, value: number, limit: number, unit: string): string {
  return `${value <= limit ? 'ok    ' : 'MISSED'}  ${name}: ${value.toFixed(2)}${unit} (limit ${limit}${unit})`;
}
