import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runCli } from '../../agent/cli/run-cli.ts';
import type { Clock } from '../../agent/clock.ts';

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly notes: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of an answer is its own affair.
  readonly json: any;
}

/** A tree somewhere that the agent looks after. */
export interface Site extends Disposable {
  readonly root: string;
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  /** A command as `agent/main.ts` runs it, with `--json`. */
  run(...args: readonly string[]): Promise<Said>;
  /** The same with these arguments and no others. */
  bare(...args: readonly string[]): Promise<Said>;
  /** The same by the launcher, as a process of its own. */
  launch(...args: readonly string[]): Promise<Said>;
}

export interface SiteOptions {
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly settings?: object;
  readonly clock?: Clock;
  /** What a person answers. */
  readonly answer?: string;
}

export function newSite({ files, env, settings = {}, clock, answer }: SiteOptions): Site {
  const root = mkdtempSync(join(tmpdir(), 'nadi-site-'));
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [path, content] of Object.entries({
    ...files,
    '.env': Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    'agent.json': JSON.stringify(settings),
  }))
    write(path, content);
  const jsonOf = (out: string) => {
    try {
      return JSON.parse(out);
    } catch {
      return undefined;
    }
  };
  const bare = async (...args: readonly string[]): Promise<Said> => {
    const out: string[] = [];
    const notes: string[] = [];
    const code = await runCli({
      args,
      env: { PATH: process.env.PATH },
      cwd: root,
      clock: clock ?? { now: () => Temporal.Instant.from('2026-01-15T03:00:00Z') },
      signal: new AbortController().signal,
      pid: process.pid,
      stdin: process.stdin,
      terminal: {
        print: (line) => void out.push(line),
        note: (line) => void notes.push(line),
        redraw: undefined,
        ask: answer === undefined ? undefined : async () => answer,
      },
    });
    return { code, out: out.join('\n'), notes: notes.join('\n'), json: jsonOf(out.join('\n')) };
  };
  return {
    root,
    write,
    read(path) {
      try {
        return readFileSync(join(root, path), 'utf8');
      } catch {
        return undefined;
      }
    },
    run: (...args) => bare(...args, '--root', root, '--json'),
    bare,
    async launch(...args) {
      const child = spawn(join(import.meta.dirname, '../../nadi'), [...args], {
        cwd: root,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'id_ID.UTF-8' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = Promise.withResolvers<number | null>();
      child.once('error', ended.reject);
      child.once('close', ended.resolve);
      const [out, notes, code] = await Promise.all([text(child.stdout), text(child.stderr), ended.promise]);
      return { code, out, notes, json: jsonOf(out) };
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
