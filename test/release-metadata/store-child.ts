import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { openClient } from '#release-metadata';
import { now } from './repository.ts';

// An installation of its own, killed at the call to the file system that it was told: node store-child.ts FOLDER URL CALL
const [, , folder = '', url = '', call = ''] = process.argv;
const names = [
  'openSync',
  'writeSync',
  'writeFileSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'rmSync',
] as const;
let calls = 0;
let open = false;
for (const name of names) {
  const real = fs[name];
  Reflect.set(fs, name, (...args: unknown[]) => {
    if (open && calls++ === Number(call)) {
      // Half of what was to be written is there, as after a power cut.
      if (name === 'writeSync' && args[1] instanceof Uint8Array) {
        fs.writevSync(Number(args[0]), [args[1].subarray(0, args[1].length / 2)]);
      }
      process.kill(process.pid, 'SIGKILL');
    }
    return Reflect.apply(real, fs, args);
  });
}
syncBuiltinESMExports();
const client = openClient({
  metadataDir: `${folder}/metadata`,
  metadataUrl: `${url}/metadata`,
  targetDir: `${folder}/targets`,
  targetUrl: `${url}/targets`,
  now,
});
open = true;
await client.download('releases/1.1.0/manifest.json');
