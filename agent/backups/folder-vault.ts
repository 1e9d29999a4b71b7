import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import { keep, writeWholeBeside } from '../tree/durable.ts';
import { hasCode } from '../tree/inside.ts';
import type { Vault } from './vault.ts';

const part = '.part';

/** A vault in a folder that is the agent's own. */
export function folderVault(folder: string): Vault {
  return {
    place: folder,
    async put(name, bytes) {
      const path = join(folder, name);
      try {
        makeFolder(dirname(path));
        await writeWholeBeside(path, bytes);
      } catch (error) {
        rmSync(`${path}${part}`, { force: true });
        throw full(folder, error);
      }
    },
    async get(name) {
      try {
        return await readFile(join(folder, name));
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return undefined;
        throw error;
      }
    },
    async *names(prefix) {
      const start = join(folder, prefix);
      if (!existsSync(start)) return;
      for (const entry of readdirSync(start, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        // Of an agent that was killed: nobody else puts anything here now.
        if (entry.name.endsWith(part)) rmSync(path, { force: true });
        else yield [path.slice(folder.length + 1), statSync(path).size];
      }
    },
    async remove(name) {
      const path = join(folder, name);
      rmSync(path, { force: true });
      rmSync(`${path}${part}`, { force: true });
      if (existsSync(dirname(path))) keep(dirname(path));
    },
  };
}

/** Makes a folder and those above it so that a power cut leaves them. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  keep(dirname(path));
}

function full(folder: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AgentError(
    'backup_place_full',
    {
      en: `There is no room left for the backup in ${folder}. Make room, or keep fewer with backup:cleanup --keep, and try again.`,
      id: `Tidak ada ruang lagi untuk cadangan di ${folder}. Kosongkan ruang, atau simpan lebih sedikit dengan backup:cleanup --keep, lalu coba lagi.`,
    },
    { cause: error },
  );
}
