import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import sqlite, { DatabaseSync, StatementSync } from 'node:sqlite';

/** What is done to a process at a call: it is killed, the call fails, or the disk is full from then on. */
export const strikes = ['kill', 'error', 'full'] as const;
export type Strike = (typeof strikes)[number];

/** What a call does: nothing to the disk, something, something that needs space, SQLite's writing, the start of a process, what is said to one or to a server. */
type Kind = 'look' | 'change' | 'fill' | 'sql' | 'process' | 'wire';

export interface Call {
  readonly kind: Kind;
  /** Milliseconds since the first. */
  readonly at: number;
}

/** Where to strike: at the call of this number, or so many milliseconds after it. */
export interface Blow {
  readonly strike: Strike;
  readonly call: number;
  readonly late?: number;
}

const looking =
  'lstatSync,statSync,fstatSync,statfsSync,readFileSync,readdirSync,readlinkSync,realpathSync,readSync,fsyncSync,closeSync';
const changing = 'renameSync,rmSync,rmdirSync,chmodSync,chownSync';
const filling = 'writeSync,mkdirSync,mkdtempSync,linkSync,copyFileSync,symlinkSync,cpSync';

let calls: Call[] | undefined;
let blow: Blow | undefined;
let begun = 0;
let later: NodeJS.Timeout | undefined;
let isFull: 'no' | 'files' | 'all' = 'no';

/** What the caller is to do at a call. */
function meet(kind: Kind, half?: () => void): 'go on' | 'fail' | 'full' | 'half' {
  if (calls === undefined) return 'go on';
  const is = calls.push({ kind, at: performance.now() - begun }) - 1 === blow?.call ? blow : undefined;
  if (is?.late !== undefined) later = setTimeout(die, is.late);
  else if (is?.strike === 'kill') {
    half?.();
    die();
  } else if (is?.strike === 'error') return 'fail';
  else if (is?.strike === 'full') {
    // SQLite has space of its own left in some cases, and in others not.
    isFull = kind === 'sql' ? 'all' : 'files';
    if (half !== undefined) return 'half';
  }
  if (isFull === 'no' || (kind !== 'fill' && kind !== 'sql')) return 'go on';
  return kind === 'fill' || isFull === 'all' ? 'full' : 'go on';
}

const die = (): void => void process.kill(process.pid, 'SIGKILL');

const faultOf = (is: 'fail' | 'full', name: string) =>
  is === 'full'
    ? Object.assign(new Error(`ENOSPC: ${name}`), { code: 'ENOSPC' })
    : Object.assign(new Error(`EIO: ${name}`), { code: 'EIO' });

function sqlFaultOf(is: 'fail' | 'full'): Error {
  const [errcode, message] = is === 'full' ? [13, 'database or disk is full'] : [10, 'disk I/O error'];
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode });
}

type Any = (...args: unknown[]) => unknown;

function patch(
  target: object,
  name: string,
  made: (real: Any) => (this: unknown, ...args: unknown[]) => unknown,
): void {
  Reflect.set(target, name, made(Reflect.get(target, name) as Any)); // All of these are functions.
}

/** What is there already can be opened on a full disk. */
const opensNew = ([path, flags]: unknown[]): boolean =>
  (flags ?? 'r') !== 'r' && (flags === 'wx' || !fs.existsSync(String(path)));

/** The first half of what was to be written. */
function halfOf(bytes: unknown, from: number): Uint8Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length - from < 2) return undefined;
  return bytes.subarray(from, (from + bytes.length) >> 1);
}

function patchFiles(): void {
  const each = (names: string, kind: Kind) => {
    for (const name of names.split(','))
      patch(fs, name, (real) => (...args) => {
        // How many processes there are is the machine's affair.
        if (String(args[0]).startsWith('/proc')) return Reflect.apply(real, fs, args);
        const part = name === 'writeSync' ? halfOf(args[1], Number(args[2] ?? 0)) : undefined;
        const half = part && (() => fs.writevSync(Number(args[0]), [part]));
        const is = meet(kind, half);
        // As a disk does it: what fits is written, and the next call fails.
        if (is === 'half' && part !== undefined) return fs.writevSync(Number(args[0]), [part]);
        if (is === 'fail' || is === 'full') throw faultOf(is, name);
        return Reflect.apply(real, fs, args);
      });
  };
  each(looking, 'look');
  each(changing, 'change');
  each(filling, 'fill');
  patch(fs, 'openSync', (real) => (...args) => {
    const is = meet(opensNew(args) ? 'fill' : 'look');
    if (is !== 'go on') throw faultOf(is === 'half' ? 'full' : is, 'openSync');
    return Reflect.apply(real, fs, args);
  });
  // What streams use.
  for (const name of ['open', 'read', 'write', 'writev', 'fsync'])
    patch(fs, name, (real) => (...args) => {
      const isFilling = name.startsWith('write') || (name === 'open' && opensNew(args));
      const is = meet(isFilling ? 'fill' : 'look');
      if (is === 'go on') return Reflect.apply(real, fs, args);
      const done = args.at(-1) as (error: Error) => void; // Their last one is the callback.
      return process.nextTick(done, faultOf(is === 'half' ? 'full' : is, name));
    });
}

function patchSqlite(): void {
  const each = (target: object, name: string, kindOf: (sql: string) => Kind) =>
    patch(
      target,
      name,
      (real) =>
        function (this: unknown, ...args) {
          const is = meet(kindOf(String(args[0])));
          if (is === 'fail' || is === 'full') throw sqlFaultOf(is);
          return Reflect.apply(real, this, args);
        },
    );
  // Neither of these needs space.
  each(DatabaseSync.prototype, 'exec', (sql) => (/^(begin|rollback|pragma)/.test(sql) ? 'change' : 'sql'));
  each(DatabaseSync.prototype, 'prepare', () => 'look');
  each(StatementSync.prototype, 'run', () => 'sql');
  for (const name of ['get', 'all', 'iterate']) each(StatementSync.prototype, name, () => 'look');
  patch(sqlite, 'backup', (real) => async (...args) => {
    const is = meet('fill');
    if (is !== 'go on') throw sqlFaultOf(is === 'half' ? 'full' : is);
    return await (Reflect.apply(real, sqlite, args) as Promise<unknown>); // As node:sqlite has it.
  });
}

function patchProcesses(): void {
  patch(childProcess, 'spawn', (real) => (command, ...rest) => {
    const isStruck = meet('process') !== 'go on';
    return Reflect.apply(real, childProcess, [isStruck ? '/no/such/program' : command, ...rest]);
  });
  patch(
    Socket.prototype,
    'write',
    (real) =>
      function (this: unknown, ...args) {
        const is = this === process.stdout || this === process.stderr ? 'go on' : meet('wire');
        if (is === 'go on') return Reflect.apply(real, this, args);
        const line = this as Socket; // It is what the method is of.
        line.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
        return false;
      },
  );
}

/** Puts itself before this process's calls to the file system, SQLite, other processes and servers. */
export function standBefore(): void {
  patchFiles();
  patchSqlite();
  patchProcesses();
  syncBuiltinESMExports();
}

/** Does the work and strikes where it was told; gives the calls there were. */
export async function withBlow(
  what: Blow | undefined,
  work: () => Promise<unknown>,
): Promise<readonly Call[]> {
  const made: Call[] = [];
  [calls, blow, begun, isFull] = [made, what, performance.now(), 'no'];
  try {
    await work();
  } finally {
    calls = undefined;
    clearTimeout(later);
  }
  return made;
}

const gapMs = 4;
const most = 4;

/**
 * Every blow that may find something else than the others: one who is killed where nothing was changed since is found as before, and the
 * disk is full only for what needs space. Between two calls that are further from each other, a server or a program is at work: there
 * it is struck by time.
 */
export function blowsOf(made: readonly Call[], strike: Strike): readonly Blow[] {
  return made.flatMap(({ kind, at }, call): Blow[] => {
    if (strike === 'error') return [{ strike, call }];
    if (strike === 'full') return kind === 'fill' || kind === 'sql' ? [{ strike, call }] : [];
    const gap = (made[call + 1]?.at ?? at) - at;
    const count = gap < gapMs ? 0 : Math.min(most, Math.ceil(gap / 15));
    const later = Array.from({ length: count }, (_, n) => ({
      strike,
      call,
      late: (gap * (n + 0.5)) / count,
    }));
    return [...(kind === 'look' ? [] : [{ strike, call }]), ...later];
  });
}
