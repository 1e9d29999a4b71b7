import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Database } from '../../agent/databases/database.ts';
import { digestOfSqlite, sqliteDatabase } from '../../agent/databases/sqlite.ts';

/** A kind of database that the matrix is run with. */
export interface WorldDatabase {
  /** Makes one with a few rows. */
  make(folder: string): Promise<void>;
  of(folder: string): Database;
  /** A migration that is not one transaction, as most are not. */
  migration(folder: string): readonly string[];
  /** All that it holds. */
  digest(folder: string): Promise<string>;
  /** Makes a world's own of one that was copied with its folder. */
  copied?(from: string, to: string): Promise<void>;
  drop?(folder: string): Promise<void>;
}

const fileOf = (folder: string): string => join(folder, 'app.sqlite');

const sqlite: WorldDatabase = {
  async make(folder) {
    const db = new DatabaseSync(fileOf(folder));
    db.exec(
      `pragma journal_mode = wal; create table users (id integer primary key, name text); insert into users (name) values ('Sari'), ('Budi')`,
    );
    db.close();
  },
  of: (folder) => sqliteDatabase('app', fileOf(folder)),
  migration: (folder) => [process.execPath, join(import.meta.dirname, 'migrate-child.ts'), fileOf(folder)],
  digest: async (folder) => digestOfSqlite(fileOf(folder)),
};

export const worldDatabases = { sqlite };
export type DatabaseKind = keyof typeof worldDatabases;
