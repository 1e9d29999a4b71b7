import { constants } from 'node:fs';
import { copyFile, type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

const limitBytes = 10 * 1024 * 1024;
const checkEveryMs = 60_000;
const tailBytes = 4096;

/**
 * The server's log: `postgres.log` and one older part. The server writes to the file itself, so that nothing is lost
 * or blocked when Nadi dies or is busy; once a minute a part that has grown past 10 MB becomes the older one.
 */
export class ServerLog implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #timer: NodeJS.Timeout;
  #start: number;

  private constructor(path: string, file: FileHandle, start: number) {
    this.path = path;
    this.#file = file;
    this.#start = start;
    this.#timer = setInterval(() => void this.#trim().catch(() => undefined), checkEveryMs).unref();
  }

  static async open(folder: string): Promise<ServerLog> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'postgres.log');
    // Appending, the server goes on at the new end after the file is cut.
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = await open(path, flags, 0o600);
    const log = new ServerLog(path, file, (await file.stat()).size);
    await log.#trim();
    return log;
  }

  /** For the server's stdout and stderr. */
  get descriptor(): number {
    return this.#file.fd;
  }

  /** The last lines written since the log was opened. */
  async tail(): Promise<string> {
    const { size } = await this.#file.stat();
    const from = Math.max(Math.min(this.#start, size), size - tailBytes);
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(tailBytes), 0, tailBytes, from);
    return buffer.toString('utf8', 0, bytesRead).trim();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #trim(): Promise<void> {
    if ((await this.#file.stat()).size < limitBytes) return;
    await copyFile(this.path, `${this.path}.1`);
    await this.#file.truncate(0);
    this.#start = 0;
  }
}
