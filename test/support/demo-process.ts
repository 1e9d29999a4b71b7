import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Process } from '../../server/commands/context.ts';
import type { ReadyVendor } from './demo-vendor.ts';

/** A process that is told to stop by `stop`, and what it said. */
export function quietProcess(cwd: string) {
  const stopping = new AbortController();
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const process: Process = {
    args: [],
    env: { LOG_LEVEL: 'silent' },
    cwd,
    execPath: globalThis.process.execPath,
    repository: join(import.meta.dirname, '../..'),
    signal: stopping.signal,
    terminal: { print: say, note: say, redraw: undefined },
  };
  return { process, said, stop: () => stopping.abort() };
}

export interface Ready extends ReadyVendor {
  readonly provider: Readonly<Record<'url' | 'email' | 'password' | 'token', string>>;
  readonly routers: readonly {
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
  }[];
  /** Where the provider lies, if its agent runs it. */
  readonly root?: string;
  readonly midtrans: { readonly url: string; readonly server_key: string };
}

/** What the demo wrote once everything answered. */
export async function readyFile(file: string, running: Promise<unknown>): Promise<Ready> {
  let ended = false;
  running.then(
    () => (ended = true),
    () => (ended = true),
  );
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text);
    if (ended) await running.then((code) => assert.fail(`the demo ended with ${code}`));
    await new Promise((done) => setTimeout(done, 50));
  }
}
