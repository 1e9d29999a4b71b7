import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../errors.ts';
import { leastAgent, schemas } from './schema.ts';
import { sqliteCode } from './sqlite-code.ts';

/** What the agent remembers of an installation. It lies beside the application and not in its database, so that restoring that erases none of it. */
export interface State extends Disposable {
  readonly db: DatabaseSync;
}

/**
 * Opens the state in the folder, and makes or upgrades it where need be. What a statement wrote is on the disk when it returns.
 * @throws where it was written by a newer agent, is damaged, or cannot be written
 */
export function openState(folder: string): State {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // It tells what SQLite would not: whose the folder is, or that its file system is read-only.
  accessSync(folder, constants.W_OK);
  const db = new DatabaseSync(join(folder, 'agent.sqlite'), { timeout: 10_000 });
  try {
    db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    const [state] = db.prepare('pragma quick_check(1)').all();
    if (state?.quick_check !== 'ok') throw damaged(join(folder, 'agent.sqlite'));
    upgrade(db);
  } catch (error) {
    db.close();
    throw isDamaged(error) ? damaged(join(folder, 'agent.sqlite'), error) : error;
  }
  return { db, [Symbol.dispose]: () => db.close() };
}

/**
 * A newer agent notes with its schema which one it takes at least to work with it (`application_id`): who goes back from an update is to find
 * its state usable, so a schema adds, and takes away only what no agent of the release before uses.
 */
function upgrade(db: DatabaseSync): void {
  const numberOf = (name: 'user_version' | 'application_id') =>
    Number(db.prepare(`pragma ${name}`).get()?.[name]);
  const [version, least] = [numberOf('user_version'), numberOf('application_id')];
  if (version > schemas.length) {
    if (least > 0 && least <= schemas.length) return;
    throw new AgentError('state_newer', {
      en: 'The agent’s state was written by a newer agent. Start that one.',
      id: 'Data agen ini ditulis oleh agen yang lebih baru. Jalankan agen yang itu.',
    });
  }
  for (const [index, schema] of schemas.entries()) {
    if (index < version) continue;
    const notes = `pragma user_version = ${index + 1}; pragma application_id = ${leastAgent}`;
    inTransaction(db, () => db.exec(`${schema}; ${notes}`));
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const isDamaged = (error: unknown): boolean => [11, 26].includes(sqliteCode(error) ?? 0);

/** It is not taken away by itself: it knows what was half done, and only a person can tell whether anything was. */
function damaged(path: string, cause?: unknown): AgentError {
  return new AgentError(
    'state_damaged',
    {
      en: `${path} is damaged: look after the disk. Nothing was changed now. Move the file and those beside it of the same beginning away, and the agent starts without its history; if an update was at work when the damage came, restore a backup after that.`,
      id: `${path} rusak: periksa disknya. Tidak ada yang diubah sekarang. Pindahkan berkas itu beserta berkas lain dengan awalan sama, dan agen mulai tanpa riwayat; jika ada pembaruan yang sedang berjalan saat rusak, pulihkan cadangan setelahnya.`,
    },
    { cause },
  );
}

/** Runs the work as a whole or not at all. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('begin immediate');
  try {
    const result = work();
    db.exec('commit');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}
