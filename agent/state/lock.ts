import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../errors.ts';
import { sqliteCode } from './sqlite-code.ts';

/**
 * Holds the installation for one process: whoever dies lets go of it, since the kernel holds the lock. Released when disposed.
 * @throws {AgentError} `busy` where another process has it, for as long as `waitMs`
 */
export function takeLock(folder: string, waitMs = 0): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: waitMs });
  try {
    db.exec('pragma journal_mode = delete; begin exclusive');
  } catch (cause) {
    db.close();
    // 5 is SQLITE_BUSY. A folder that cannot be written to, or a full disk, is no other update.
    if (sqliteCode(cause) !== 5) throw unusable(folder, cause);
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

function unusable(folder: string, cause: unknown): AgentError {
  const why = cause instanceof Error ? cause.message : '';
  return new AgentError(
    'no_lock',
    {
      en: `${join(folder, 'lock.sqlite')} cannot be used: ${why}. Look after the folder’s owner and the disk; the file itself holds nothing and may be deleted while no agent runs.`,
      id: `${join(folder, 'lock.sqlite')} tidak bisa dipakai: ${why}. Periksa pemilik folder dan disknya; berkas itu sendiri kosong dan boleh dihapus selama tidak ada agen yang berjalan.`,
    },
    { cause },
  );
}
