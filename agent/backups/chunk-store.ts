import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { AgentError } from '../errors.ts';
import { AtOnce } from '../tree/at-once.ts';
import { keepOpen } from '../tree/durable.ts';
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
/** Chunks that are worked on at the same time. */
const atOnce = 6;

/** Keeps each chunk once. Disposed, it puts nothing any more, also where what wanted it has failed. */
export class ChunkStore implements AsyncDisposable {
  readonly #vault: Vault;
  readonly #sealing: Sealing;
  readonly #known = new Set<string>();
  readonly #putting = new AtOnce(atOnce);
  readonly #buffer = Buffer.allocUnsafe(sizes.most);

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

  /** Stores what a file holds, one file after the other. It is certain only after `settle`. */
  async add(path: string, signal: AbortSignal): Promise<Stored> {
    const handle = openSync(path, 'r');
    const hash = createHash('sha256');
    const chunks: { readonly name: Promise<string> }[] = [];
    const buffer = this.#buffer;
    let size = 0;
    try {
      for (let held = 0; ; ) {
        for (let read = -1; read !== 0 && held < buffer.length; held += read)
          read = readSync(handle, buffer, held, buffer.length - held, null);
        if (held === 0) break;
        signal.throwIfAborted();
        const end = endOfChunk(buffer.subarray(0, held));
        const content = Buffer.from(buffer.subarray(0, end));
        chunks.push(await this.#store(content));
        hash.update(content);
        size += end;
        buffer.copy(buffer, 0, end, held);
        held -= end;
      }
    } finally {
      closeSync(handle);
    }
    return { size, sha256: hash.digest('hex'), chunks: await Promise.all(chunks.map(({ name }) => name)) };
  }

  /** Waits until all that was added is in the vault. */
  async settle(): Promise<void> {
    await this.#putting.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#putting.end();
  }

  /**
   * Writes stored content to a file that is not there yet, and on the disk when this returns.
   * @throws {AgentError} backup_damaged, naming the chunk and what it belongs to
   */
  async writeTo(path: string, of: string, stored: Stored, mode = 0o600): Promise<void> {
    const handle = openSync(path, 'wx', mode);
    const hash = createHash('sha256');
    try {
      for await (const content of this.#contents(stored.chunks)) {
        if (!(content instanceof Uint8Array)) throw damaged(of, content, this.#vault.place);
        hash.update(content);
        for (let done = 0; done < content.length; ) done += writeSync(handle, content, done);
      }
      await keepOpen(handle);
    } finally {
      closeSync(handle);
    }
    if (hash.digest('hex') !== stored.sha256) throw mixed(of);
  }

  /** Reads stored content back and compares it with its checksums; tells the first chunk that cannot be had, and what it belongs to. */
  async check(
    all: readonly (Stored & { readonly of: string })[],
    signal: AbortSignal,
  ): Promise<{ readonly of: string; readonly fault: Fault } | undefined> {
    const contents = this.#contents(all.flatMap(({ chunks }) => chunks));
    try {
      for (const { of, chunks, sha256 } of all) {
        const hash = createHash('sha256');
        for (const chunk of chunks) {
          signal.throwIfAborted();
          const { value = { chunk, is: 'missing' } } = await contents.next();
          if (!(value instanceof Uint8Array)) return { of, fault: value };
          hash.update(value);
        }
        if (hash.digest('hex') !== sha256) throw mixed(of);
      }
    } finally {
      await contents.return();
    }
    return undefined;
  }

  /** Takes a chunk away that is not what its name says, so that the next backup puts it anew. */
  async drop(chunk: string): Promise<void> {
    await this.#vault.remove(place(chunk));
    this.#known.delete(chunk);
  }

  /** What chunks hold, in order, while those that follow are read and opened. */
  async *#contents(chunks: readonly string[]): AsyncGenerator<Uint8Array | Fault, void> {
    const ahead: Promise<Uint8Array | Fault>[] = [];
    for (let next = 0; next < chunks.length || ahead.length > 0; ) {
      for (; next < chunks.length && ahead.length < atOnce; next += 1) {
        const content = this.#content(chunks[next] as string); // It is within the list.
        content.catch(() => {}); // Told when its turn comes.
        ahead.push(content);
      }
      const first = await ahead.shift();
      if (first !== undefined) yield first;
    }
  }

  async #content(chunk: string): Promise<Uint8Array | Fault> {
    const sealed = await this.#vault.get(place(chunk));
    if (sealed === undefined) return { chunk, is: 'missing' };
    try {
      return await this.#sealing.open(chunk, sealed);
    } catch (error) {
      if (!(error instanceof Unsealable)) throw error;
      if (error.needsKey) throw keyMissing();
      return { chunk, is: 'damaged' };
    }
  }

  /** Tells what will be the chunk's name; it is put while others are read. */
  async #store(content: Uint8Array): Promise<{ readonly name: Promise<string> }> {
    const naming = Promise.withResolvers<string>();
    await this.#putting.begin(async () => {
      naming.resolve(this.#sealing.nameOf(content));
      await this.#put(await naming.promise, content);
    });
    return { name: naming.promise };
  }

  async #put(name: string, content: Uint8Array): Promise<void> {
    if (this.#known.has(name)) return;
    this.#known.add(name);
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
