import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';

const writing = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'fsync',
  'closeSync',
  'renameSync',
  'rmSync',
  'mkdirSync',
  'rmdirSync',
  'copyFileSync',
  'symlinkSync',
  'chmodSync',
  'chownSync',
] as const;
const filling = ['openSync', 'writeSync', 'mkdirSync', 'copyFileSync', 'symlinkSync'];

/** Counts this process's calls to the file system and to SQLite from when it is opened, and strikes at the one that was told. */
export function strikeAt(call: number, strike: string): { open(): void; calls(): number } {
  let calls = 0;
  let isOpen = false;
  const struck = (name: string, args: unknown[]) => {
    if (!isOpen || calls++ !== call) return;
    if (strike === 'kill') {
      // Half of what was to be written is there, as after a power cut.
      if (name === 'writeSync' && args[1] instanceof Uint8Array)
        fs.writevSync(Number(args[0]), [args[1].subarray(0, args[1].length / 2)]);
      process.kill(process.pid, 'SIGKILL');
    }
    if (strike === 'error') throw Object.assign(new Error(`EIO: ${name}`), { code: 'EIO' });
  };
  for (const name of writing) {
    const real = fs[name];
    Reflect.set(fs, name, (...args: unknown[]) => {
      struck(name, args);
      if (isOpen && strike === 'full' && calls > call && filling.includes(name))
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
  return {
    open() {
      isOpen = true;
    },
    calls: () => calls,
  };
}
