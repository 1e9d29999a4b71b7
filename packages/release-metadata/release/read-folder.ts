import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceEntry } from './entry.ts';
import { ReleaseFault } from './fault.ts';

/** The files of a folder, in the order of their names. Links are not followed, but refused. @throws {ReleaseFault} */
export async function* readFolder(root: string): AsyncGenerator<SourceEntry, void, undefined> {
  yield* walk(root, '');
}

async function* walk(root: string, folder: string): AsyncGenerator<SourceEntry, void, undefined> {
  const entries = await readdir(join(root, folder), { withFileTypes: true, encoding: 'buffer' });
  const named = entries.map((entry) => ({ entry, name: entry.name.toString('utf8') }));
  for (const { entry, name } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (entry.isDirectory()) {
      yield { kind: 'folder', path };
      yield* walk(root, path);
      continue;
    }
    if (entry.isSymbolicLink()) throw link(path);
    if (!entry.isFile()) throw notAFile(path);
    // Not followed, even where it became a link this very moment; and nobody waits for a pipe.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(join(root, path), flags).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ELOOP' ? link(path) : error;
    });
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw notAFile(path);
      yield { kind: 'file', path, executable: (stats.mode & 0o100) !== 0, body: bodyOf(file) };
    } finally {
      await file.close();
    }
  }
}

async function* bodyOf(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  yield* file.createReadStream({ autoClose: false });
}

function link(path: string): ReleaseFault {
  return new ReleaseFault(path, {
    en: 'this is a link. A release holds files only: put the file itself in its place.',
    id: 'ini sebuah tautan. Rilis hanya memuat berkas: taruh berkasnya sendiri di situ.',
  });
}

function notAFile(path: string): ReleaseFault {
  return new ReleaseFault(path, {
    en: 'this is a device, a socket or a pipe. A release holds files only: leave it out.',
    id: 'ini perangkat, soket, atau pipa. Rilis hanya memuat berkas: keluarkan.',
  });
}
