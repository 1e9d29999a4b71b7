import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../errors.ts';

/**
 * Holds the installation for one process: whoever dies lets go of it, since the kernel holds the lock. Released when disposed.
 * @throws {AgentError} `busy` where another process has it
 */
export function takeLock(folder: string): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
  try {
    db.exec('pragma journal_mode = delete; begin exclusive');
  } catch (cause) {
    db.close();
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
