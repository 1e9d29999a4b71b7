import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { scenarios, World } from './update-world.ts';

// An agent of its own that recovers, does what it is told, and is struck at a call: node update-child.ts WORLD SCENARIO CALL kill|error|full
const [, , json = '', scenario = '', call = '', strike = 'kill'] = process.argv;
const writing = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'rmSync',
  'mkdirSync',
  'rmdirSync',
  'linkSync',
  'copyFileSync',
  'symlinkSync',
  'chmodSync',
  'chownSync',
  'lstatSync',
] as const;
const filling = ['openSync', 'writeSync', 'mkdirSync', 'linkSync', 'copyFileSync', 'symlinkSync'];
let calls = 0;
let isOpen = false;

function struck(name: string, args: unknown[]): void {
  if (!isOpen || calls++ !== Number(call)) return;
  if (strike === 'kill') {
    // Half of what was to be written is there, as after a power cut.
    if (name === 'writeSync' && args[1] instanceof Uint8Array)
      fs.writevSync(Number(args[0]), [args[1].subarray(0, args[1].length / 2)]);
    process.kill(process.pid, 'SIGKILL');
  }
  if (strike === 'error') throw Object.assign(new Error(`EIO: ${name}`), { code: 'EIO' });
}

/** What is there already can be opened on a full disk. */
const fills = (name: string, [path, flags]: unknown[]): boolean =>
  filling.includes(name) &&
  !(name === 'openSync' && ((flags ?? 'r') === 'r' || (flags !== 'wx' && fs.existsSync(String(path)))));

for (const name of writing) {
  const real = fs[name];
  Reflect.set(fs, name, (...args: unknown[]) => {
    struck(name, args);
    // It stays full, also while it is undone.
    if (isOpen && strike === 'full' && calls > Number(call) && Number(call) >= 0 && fills(name, args))
      throw Object.assign(new Error(`ENOSPC: ${name}`), { code: 'ENOSPC' });
    return Reflect.apply(real, fs, args);
  });
}
syncBuiltinESMExports();
for (const [prototype, name] of [
  [DatabaseSync.prototype, 'exec'],
  [StatementSync.prototype, 'run'],
] as const) {
  const real = Reflect.get(prototype, name);
  Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
    struck(`sql ${name}`, args);
    return Reflect.apply(real, this, args);
  });
}

const { act } = await import('./update-world.ts');
isOpen = true;
await act(JSON.parse(json) as World, scenario as (typeof scenarios)[number]); // As killed.test.ts gives them.
process.stdout.write(String(calls));
