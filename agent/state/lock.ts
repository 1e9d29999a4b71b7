import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../errors.ts';
import { sqliteCode } from './sqlite-code.ts';

/** Lies in the root of an installation that is being worked on, and is no part of it. */
export const lockOfTree = '.nadi-lock';

/**
 * Holds the installation for one process: against every other with this folder, and against every other with this tree, wherever that
 * has its folder. Whoever dies lets go of it, since the kernel holds the lock. Released when disposed.
 * @throws {AgentError} `busy` where another process has it, for as long as `waitMs`
 */
export function lockInstallation({ folder, root }: { folder: string; root: string }, waitMs = 0): Disposable {
  using held = new DisposableStack();
  held.use(takeLock(folder, waitMs));
  // Who may not write there can change neither `.version` nor `current`: it keeps nobody from anything.
  if (mayWrite(root)) held.use(lockFile(join(root, lockOfTree), waitMs));
  return held.move();
}

/**
 * Holds a folder of the agent's for one process.
 * @throws {AgentError} `busy` where another process has it
 */
export function takeLock(folder: string, waitMs = 0): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  accessSync(folder, constants.W_OK);
  return lockFile(join(folder, 'lock.sqlite'), waitMs);
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function lockFile(path: string, waitMs: number): Disposable {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: waitMs });
    // Nothing is ever written to it: so it needs no other file, and no space.
    db.exec('pragma journal_mode = memory; begin exclusive');
  } catch (cause) {
    db?.close();
    // 5 is SQLITE_BUSY. A folder that cannot be written to, or a full disk, is no other update.
    if (sqliteCode(cause) !== 5) throw unusable(path, cause);
    throw new AgentError(
      'busy',
      {
        en: 'Another update, rollback or restore of this installation is at work. Wait until it is done; `update:history` shows how far it is.',
        id: 'Pembaruan, pengembalian, atau pemulihan lain untuk instalasi ini sedang berjalan. Tunggu sampai selesai; `update:history` menunjukkan sejauh mana.',
      },
      { cause },
    );
  }
  return { [Symbol.dispose]: () => db.close() };
}

function unusable(path: string, cause: unknown): AgentError {
  const why = cause instanceof Error ? cause.message : '';
  return new AgentError(
    'no_lock',
    {
      en: `${path} cannot be used: ${why}. Look after the folder’s owner and the disk; the file itself holds nothing and may be deleted while no agent runs.`,
      id: `${path} tidak bisa dipakai: ${why}. Periksa pemilik folder dan disknya; berkas itu sendiri kosong dan boleh dihapus selama tidak ada agen yang berjalan.`,
    },
    { cause },
  );
}
