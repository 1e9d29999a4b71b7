import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';

// An agent of its own that recovers, updates, and is struck at the call that it was told: node update-child.ts FOLDER CALL kill|error|full
const [, , folder = '', call = '', strike = 'kill'] = process.argv;
const writing = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'rmSync',
  'mkdirSync',
  'rmdirSync',
  'copyFileSync',
  'symlinkSync',
  'chmodSync',
  'chownSync',
  'lstatSync',
] as const;
const filling = ['openSync', 'writeSync', 'mkdirSync', 'copyFileSync', 'symlinkSync'];
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

for (const name of writing) {
  const real = fs[name];
  Reflect.set(fs, name, (...args: unknown[]) => {
    struck(name, args);
    if (isOpen && strike === 'full' && calls > Number(call) && filling.includes(name))
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

const { updateOnce } = await import('./update-world.ts');
isOpen = true;
await updateOnce(folder);
process.stdout.write(String(calls));
