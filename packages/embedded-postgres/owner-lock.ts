import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { errorCode } from './error-code.ts';
import { PostgresFault } from './postgres-fault.ts';

const ownerSchema = z.object({
  pid: z.number(),
  command: z.string(),
  since: z.string().optional(),
  /** Folder of the server's socket; only there once the server accepts connections. */
  socket: z.string().optional(),
  /** The server goes on when its owner ends, and is found there. */
  outlives: z.boolean().optional(),
});

/** Who runs a data folder, as others may read it. */
export type Owner = z.output<typeof ownerSchema>;

/** Primary result codes of SQLite. */
const sqlite = { busy: 5, readOnly: 8, cannotOpen: 14 } as const;
const unwritable = new Set<unknown>([sqlite.readOnly, sqlite.cannotOpen, 'EACCES', 'EPERM', 'EROFS']);

/**
 * The one owner of a data folder. It rests on a lock that the kernel holds for this process, so that it ends with
 * the process however that ends; the readable file beside it only informs.
 */
export class OwnerLock implements Disposable {
  readonly #database: DatabaseSync;
  readonly #infoFile: string;
  #info: Owner;

  private constructor(database: DatabaseSync, infoFile: string, info: Owner) {
    this.#database = database;
    this.#infoFile = infoFile;
    this.#info = info;
    this.#write();
  }

  /**
   * Takes the folder, or returns undefined while another owner, in this process or another, has it.
   * @throws {PostgresFault} when the folder cannot be written.
   */
  static take(dataDir: string, info: Owner): OwnerLock | undefined {
    const database = lockFile(join(dataDir, 'owner.lock'));
    return database === undefined ? undefined : new OwnerLock(database, infoPath(dataDir), info);
  }

  /** Tells others where the server now accepts connections. */
  publish(socket: string): void {
    this.#info = { ...this.#info, socket };
    this.#write();
  }

  /** Gives the folder back. Harmless when done twice. */
  release(): void {
    if (!this.#database.isOpen) return;
    rmSync(this.#infoFile, { force: true });
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #write(): void {
    const draft = `${this.#infoFile}.tmp`;
    writeFileSync(draft, `${JSON.stringify(this.#info)}\n`, { mode: 0o600 });
    renameSync(draft, this.#infoFile);
  }
}

/** Who owns the folder by its readable file: may be out of date for an instant, undefined when unknown. */
export function readOwner(dataDir: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(readFileSync(infoPath(dataDir), 'utf8'))).data;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function infoPath(dataDir: string): string {
  return join(dataDir, 'owner.json');
}

function lockFile(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    // Closing a file drops this process's locks on it (fcntl(2)), so an existing one is left to SQLite.
    if (!existsSync(path)) writeFileSync(path, '', { mode: 0o600, flag: 'a' });
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    const code = sqliteCode(error) ?? errorCode(error);
    if (code === sqlite.busy) return undefined;
    if (!unwritable.has(code)) throw error;
    throw new PostgresFault(
      `${path} cannot be written. Start Nadi as the user who owns that folder, or choose another with --data.`,
    );
  }
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}
