import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import type { Process } from '../../commands/context.ts';
import { createKey } from '../../commands/key-files.ts';
import { signWaiting } from '../../commands/sign.ts';
import { firstKeys } from '../../commands/trust.ts';
import { initTrust } from '../../modules/trust/index.ts';
import { writeWhole } from '../marker.ts';

/** Protects nothing: it lies beside the keys. */
export const demoPassphrase = 'hanya untuk demo';

const root = ['root-1.key', 'root-2.key', 'root-3.key'];
const targets = ['targets-1.key', 'targets-2.key'];
const director = ['director-1.key'];

/** Who keeps the software house's offline keys. */
export interface KeyHolders {
  /** Signs what waits of releases. */
  signRelease(): Promise<void>;
}

export const keyFolder = (dataDir: string): string => join(dataDir, 'keys');

/** Makes the offline keys in files, as `nadi keys create` does, and has them sign the first root and targets. */
export async function setUpKeys(process: Process, kit: Kit): Promise<KeyHolders> {
  const folder = keyFolder(kit.config.dataDir);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const desk = quietAt(process, folder);
  const roles = { root, targets, director } as const;
  for (const role of ['root', 'targets', 'director'] as const)
    for (const file of roles[role]) await createKey(desk, file, { role });
  writeWhole(join(folder, 'passphrase.txt'), `${demoPassphrase}\n`, 0o600);
  const threshold = ['root=2', 'targets=1', 'director=1'];
  await initTrust(kit, systemAuthor('demo'), firstKeys(desk, { ...roles, threshold }));
  // As many as must: opening a key takes a third of a second.
  await signWaiting(desk, kit, 'metadata', [...root.slice(0, 2), ...targets.slice(0, 1)]);
  return { signRelease: () => signWaiting(desk, kit, 'metadata', targets.slice(0, 1)) };
}

/** Its commands say nothing, and are given the passphrase. */
function quietAt(process: Process, cwd: string): Process {
  const silent = () => {};
  return {
    ...process,
    cwd,
    env: { ...process.env, NADI_KEY_PASSPHRASE: demoPassphrase },
    terminal: { print: silent, note: silent, redraw: undefined },
  };
}
