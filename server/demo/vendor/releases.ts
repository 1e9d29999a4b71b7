import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { vendorHooks } from '../../editions/vendor.ts';
import { createRelease, fillRelease, publishRelease, submitRelease } from '../../modules/releases/index.ts';
import { layCode } from '../nadi-tree.ts';
import type { KeyHolders } from './keys.ts';

interface Edition {
  readonly version: string;
  readonly changelog: string;
}

/** Both are the code of this Nadi, which calls itself so: what is updated in the demo is the real one. */
export const firstRelease: Edition = { version: '1.0.0', changelog: 'Rilis pertama.' };
export const secondRelease: Edition = {
  version: '1.1.0',
  changelog: 'Perbaikan pencarian anggota dan saringan tanggal.',
};

const author = systemAuthor('demo');

/** Makes a draft of a release's files, which stay beside the installation, and has it signed. Gives what publishes it. */
export async function signedRelease(
  repository: string,
  kit: Kit,
  keys: KeyHolders,
  { version, changelog }: Edition,
): Promise<() => Promise<void>> {
  const source = join(kit.config.dataDir, 'sources', version);
  rmSync(source, { recursive: true, force: true });
  layCode(repository, source, version);
  writeFileSync(join(source, `CHANGES-${version}.md`), `${changelog}\n`);
  const hooks = vendorHooks(kit).releases;
  const { id } = await createRelease(kit, author, { version, channel: 'stable', changelog });
  await fillRelease(kit, hooks, author, id, source);
  await submitRelease(kit, hooks, author, id);
  await keys.signRelease();
  return async () => void (await publishRelease(kit, hooks, author, id));
}
