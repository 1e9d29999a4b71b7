import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import { AgentError } from '../errors.ts';
import { keep } from '../tree/durable.ts';
import { type Contents, compareContents, type Database } from './database.ts';

const companions = ['-wal', '-shm', '-journal'] as const;

/** A database in a file of SQLite's. */
export function sqliteDatabase(name: string, path: string): Database {
  return {
    name,
    files: ['', ...companions].map((rest) => `${path}${rest}`),
    count: async () => contentsOf(path),
    async copyTo(file) {
      const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
      try {
        await backup(db, file);
      } finally {
        db.close();
      }
      keep(file);
      keep(dirname(file));
      return { counted: contentsOf(file) };
    },
    async size() {
      try {
        const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
        try {
          db.prepare('select count(*) from sqlite_schema').get();
        } finally {
          db.close();
        }
        const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
        return statSync(path).size + (wal?.size ?? 0);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : '';
        throw new AgentError(
          'unreachable',
          {
            en: `The database ${name} cannot be read: ${why}.`,
            id: `Basis data ${name} tidak bisa dibaca: ${why}.`,
          },
          { cause },
        );
      }
    },
    async restore(file) {
      // A link to it stays one.
      const target = existsSync(path) ? realpathSync(path) : path;
      const part = `${target}.nadi-part`;
      const { mode, uid, gid } = statSync(existsSync(target) ? target : file);
      copyFileSync(file, part, constants.COPYFILE_FICLONE);
      chownSync(part, uid, gid);
      chmodSync(part, mode);
      keep(part);
      // What stands in them belongs to what is taken away: beside another file SQLite would play it into that.
      for (const rest of companions) rmSync(`${target}${rest}`, { force: true });
      renameSync(part, target);
      keep(dirname(target));
    },
    async prove(file, contents, scratch) {
      copyFileSync(file, scratch, constants.COPYFILE_FICLONE);
      try {
        const db = new DatabaseSync(scratch);
        try {
          const rows = db.prepare('pragma integrity_check').all() as { integrity_check: string }[];
          const [first] = rows;
          if (first?.integrity_check !== 'ok')
            throw new AgentError('copy_differs', {
              en: `The copy of the database ${name} is damaged: ${first?.integrity_check}.`,
              id: `Salinan basis data ${name} rusak: ${first?.integrity_check}.`,
            });
        } finally {
          db.close();
        }
        compareContents(name, contents, contentsOf(scratch));
      } finally {
        for (const rest of ['', ...companions]) rmSync(`${scratch}${rest}`, { force: true });
      }
    },
  };
}

/** Rows and a digest of each table, whatever its pages look like, and the schema. */
function contentsOf(path: string): Contents['counted'] {
  // Read-only, it would leave the files of its log behind.
  const db = new DatabaseSync(path);
  const counted: Record<string, string> = {};
  try {
    const schema = db.prepare('select type, name, sql from sqlite_schema order by type, name').all();
    counted.schema = createHash('sha256').update(JSON.stringify(schema)).digest('hex');
    for (const { type, name } of schema) {
      if (type !== 'table') continue;
      const hash = createHash('sha256');
      let rows = 0;
      const select = db.prepare(`select * from "${String(name).replaceAll('"', '""')}"`);
      select.setReadBigInts(true);
      for (const row of select.iterate()) {
        hash.update(inspect(Object.values(row), { maxArrayLength: null, maxStringLength: null }));
        rows += 1;
      }
      counted[String(name)] = `${rows} ${hash.digest('hex')}`;
    }
    return counted;
  } finally {
    db.close();
  }
}

/** SHA-256 over all that a database holds, whatever its pages look like: schema and rows, in order. */
export function digestOfSqlite(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true });
  const hash = createHash('sha256');
  try {
    const tables = db.prepare(`select type, name, sql from sqlite_schema order by type, name`).all();
    hash.update(JSON.stringify(tables));
    for (const { type, name } of tables) {
      if (type !== 'table') continue;
      const quoted = String(name).replaceAll('"', '""');
      const rows = db
        .prepare(`select * from "${quoted}"`)
        .all()
        .map((row) => JSON.stringify(row));
      hash.update(JSON.stringify([name, rows.sort()]));
    }
    return hash.digest('hex');
  } finally {
    db.close();
  }
}
