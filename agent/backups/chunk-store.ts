import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { AgentError } from '../errors.ts';
import { endOfChunk, sizes } from './cut.ts';
import { type Sealing, Unsealable } from './sealing.ts';
import type { Vault } from './vault.ts';

/** Content in a vault: its chunks in order, and a checksum over all of it. */
export interface Stored {
  readonly size: number;
  readonly sha256: string;
  readonly chunks: readonly string[];
}

/** A chunk that cannot be had. */
export interface Fault {
  readonly chunk: string;
  readonly is: 'missing' | 'damaged';
}

export const chunksBelow = 'chunks';
const place = (chunk: string) => `${chunksBelow}/${chunk.slice(0, 2)}/${chunk}`;
/** Chunks that are compressed and put at the same time. */
const atOnce = 4;

/** Keeps each chunk once. Disposed, it puts nothing any more, also where what wanted it has failed. */
export class ChunkStore implements AsyncDisposable {
  readonly #vault: Vault;
  readonly #sealing: Sealing;
  readonly #known = new Set<string>();
  readonly #underway = new Set<Promise<void>>();
  #failed: unknown;

  constructor(vault: Vault, sealing: Sealing) {
    this.#vault = vault;
    this.#sealing = sealing;
  }

  /** Learns what is there, so that it is not put again. */
  async learn(): Promise<void> {
    for await (const [name] of this.#vault.names(chunksBelow)) this.#known.add(name.slice(-64));
  }

  has(chunk: string): boolean {
    return this.#known.has(chunk);
  }

  /** Stores what a file holds. It is certain only after `settle`. */
  async add(path: string, signal: AbortSignal): Promise<Stored> {
    const handle = openSync(path, 'r');
    const hash = createHash('sha256');
    const chunks: string[] = [];
    const buffer = Buffer.allocUnsafe(sizes.most);
    let size = 0;
    try {
      for (let held = 0; ; ) {
        for (let read = -1; read !== 0 && held < buffer.length; held += read)
          read = readSync(handle, buffer, held, buffer.length - held, null);
        if (held === 0) break;
        signal.throwIfAborted();
        const end = endOfChunk(buffer.subarray(0, held));
        const content = Buffer.from(buffer.subarray(0, end));
        hash.update(content);
        size += end;
        chunks.push(await this.#store(content));
        buffer.copy(buffer, 0, end, held);
        held -= end;
      }
    } finally {
      closeSync(handle);
    }
    return { size, sha256: hash.digest('hex'), chunks };
  }

  /** Waits until all that was added is in the vault. */
  async settle(): Promise<void> {
    await Promise.all(this.#underway);
    if (this.#failed !== undefined) throw this.#failed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#underway);
  }

  /** @throws {AgentError} backup_damaged, naming the chunk and what it belongs to */
  async read(chunk: string, of: string): Promise<Uint8Array> {
    const content = await this.#content(chunk);
    if (content instanceof Uint8Array) return content;
    throw damaged(of, content, this.#vault.place);
  }

  /** Writes stored content to a file that is not there yet, and on the disk when this returns. */
  async writeTo(path: string, of: string, stored: Stored, mode = 0o600): Promise<void> {
    const handle = openSync(path, 'wx', mode);
    const hash = createHash('sha256');
    try {
      for (const chunk of stored.chunks) {
        const content = await this.read(chunk, of);
        hash.update(content);
        for (let done = 0; done < content.length; ) done += writeSync(handle, content, done);
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (hash.digest('hex') !== stored.sha256) throw mixed(of);
  }

  /** Reads stored content back and compares it with its checksum; tells the first chunk that cannot be had. */
  async check(of: string, stored: Stored): Promise<Fault | undefined> {
    const hash = createHash('sha256');
    for (const chunk of stored.chunks) {
      const content = await this.#content(chunk);
      if (!(content instanceof Uint8Array)) return content;
      hash.update(content);
    }
    if (hash.digest('hex') !== stored.sha256) throw mixed(of);
    return undefined;
  }

  /** Takes a chunk away that is not what its name says, so that the next backup puts it anew. */
  async drop(chunk: string): Promise<void> {
    await this.#vault.remove(place(chunk));
    this.#known.delete(chunk);
  }

  async #content(chunk: string): Promise<Uint8Array | Fault> {
    const sealed = await this.#vault.get(place(chunk));
    if (sealed === undefined) return { chunk, is: 'missing' };
    try {
      return this.#sealing.open(chunk, sealed);
    } catch (error) {
      if (!(error instanceof Unsealable)) throw error;
      if (error.needsKey) throw keyMissing();
      return { chunk, is: 'damaged' };
    }
  }

  async #store(content: Uint8Array): Promise<string> {
    const name = this.#sealing.nameOf(content);
    if (this.#known.has(name)) return name;
    this.#known.add(name);
    while (this.#underway.size >= atOnce) await Promise.race(this.#underway);
    if (this.#failed !== undefined) throw this.#failed;
    const work: Promise<void> = this.#seal(name, content)
      .catch((error: unknown) => {
        this.#failed ??= error;
      })
      .finally(() => this.#underway.delete(work));
    this.#underway.add(work);
    return name;
  }

  async #seal(name: string, content: Uint8Array): Promise<void> {
    await this.#vault.put(place(name), await this.#sealing.seal(name, content));
  }
}

/** @returns what to say of a chunk that cannot be had */
export function damaged(of: string, { chunk, is }: Fault, where: string): AgentError {
  const [en, id] = is === 'missing' ? ['is missing', 'hilang'] : ['is damaged', 'rusak'];
  return new AgentError('backup_damaged', {
    en: `The backup cannot be restored: ${of} needs the chunk ${chunk}, which ${en} in ${where}. Take another backup, and check the disk.`,
    id: `Cadangan tidak dapat dipulihkan: ${of} memerlukan potongan ${chunk}, yang ${id} di ${where}. Gunakan cadangan lain, dan periksa disk.`,
  });
}

const mixed = (of: string) =>
  new AgentError('backup_damaged', {
    en: `The backup cannot be restored: the chunks of ${of} do not make what its manifest says. Take another backup.`,
    id: `Cadangan tidak dapat dipulihkan: potongan dari ${of} tidak membentuk apa yang tertulis di manifesnya. Gunakan cadangan lain.`,
  });

export const keyMissing = () =>
  new AgentError('backup_key_missing', {
    en: 'The backup is encrypted, and its key is not in the settings. Set BACKUP_ENCRYPTION_KEY to the key it was made with.',
    id: 'Cadangan ini terenkripsi, dan kuncinya tidak ada di pengaturan. Isi BACKUP_ENCRYPTION_KEY dengan kunci saat cadangan dibuat.',
  });
