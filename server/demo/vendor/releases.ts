import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { vendorHooks } from '../../editions/vendor.ts';
import { createRelease, fillRelease, publishRelease, submitRelease } from '../../modules/releases/index.ts';
import type { KeyHolders } from './keys.ts';

interface Edition {
  readonly version: string;
  readonly changelog: string;
  readonly files: Readonly<Record<string, string>>;
}

const shared = {
  'app/Models/Member.php': '<?php\n\nclass Member\n{\n    public string $name = "";\n}\n',
  'public/logo.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>\n',
  'routes/web.php': `<?php\n\n${Array.from({ length: 60 }, (_, at) => `Route::get('/page/${at}', 'PageController@show');\n`).join('')}`,
};

export const firstRelease: Edition = {
  version: '1.0.0',
  changelog: 'Rilis pertama.',
  files: {
    ...shared,
    '.version': '1.0.0\n',
    'app/Http/Controllers/MemberController.php': '<?php\n\n// Mencari anggota dengan nama persis.\n',
    'app/Old/Deprecated.php': '<?php\n\n// Tidak dipakai lagi.\n',
  },
};

export const secondRelease: Edition = {
  version: '1.1.0',
  changelog: 'Perbaikan pencarian anggota dan saringan tanggal.',
  files: {
    ...shared,
    '.version': '1.1.0\n',
    'app/Http/Controllers/MemberController.php': '<?php\n\n// Mencari anggota dengan sebagian nama.\n',
    'app/Services/DateFilter.php': '<?php\n\nclass DateFilter\n{\n}\n',
  },
};

const author = systemAuthor('demo');

/** Makes a draft of a release's files, which stay beside the installation, and has it signed. Gives what publishes it. */
export async function signedRelease(
  kit: Kit,
  keys: KeyHolders,
  { version, changelog, files }: Edition,
): Promise<() => Promise<void>> {
  const source = join(kit.config.dataDir, 'sources', version);
  rmSync(source, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
  const hooks = vendorHooks(kit).releases;
  const { id } = await createRelease(kit, author, { version, channel: 'stable', changelog });
  await fillRelease(kit, hooks, author, id, source);
  await submitRelease(kit, hooks, author, id);
  await keys.signRelease();
  return async () => void (await publishRelease(kit, hooks, author, id));
}
