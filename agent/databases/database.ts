import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AgentError } from '../errors.ts';

/** What a copy was taken of, so that what is made of the copy can be compared with it. JSON. */
export interface Contents {
  /** Rows and digests by the name of what they were counted in. What changed while the copy was taken is left out. */
  readonly counted: Readonly<Record<string, string>>;
  /** Roles that the copy names. */
  readonly roles?: readonly string[];
  /** The byte from which on the copy makes what would act by itself: left out of a scratch copy. */
  readonly actsFrom?: number;
}

/** A database of the installation. */
export interface Database {
  /** Names its files. */
  readonly name: string;
  /** Counts what it holds now, as `Contents` has it. */
  count(): Promise<Contents['counted']>;
  /** Copies it whole, as it is at one moment, into a file that is not there yet. */
  copyTo(file: string, signal: AbortSignal): Promise<Contents>;
  /**
   * Makes it what the copy holds, and nothing else. May be killed anywhere and is then run again. Whoever is connected loses the
   * connection.
   */
  restore(file: string): Promise<void>;
  /**
   * Restores the copy beside it, counts what is there, compares that with what the copy was taken of, and takes it away again.
   * `scratch` is a path that is free, where there is room for it.
   * @throws {AgentError} copy_differs
   */
  prove(file: string, contents: Contents, scratch: string, signal: AbortSignal): Promise<void>;
  /**
   * How many bytes a copy may take. It proves that the database can be reached, and that the programs are there which copy it.
   * @throws {AgentError} unreachable, database_unreachable, tool_missing
   */
  size(signal: AbortSignal): Promise<number>;
}

/** @throws {AgentError} copy_differs, naming the first difference */
export function compareContents(name: string, taken: Contents, found: Contents['counted']): void {
  for (const [what, is] of Object.entries(taken.counted)) {
    if (found[what] === is) continue;
    const [en, id] = found[what] === undefined ? ['is not in it', 'tidak ada'] : ['differs', 'berbeda'];
    throw new AgentError('copy_differs', {
      en: `The copy of the database ${name} was restored to try it, and ${what} ${en}. The copy is not used. Try again; if it happens again, check the disk.`,
      id: `Salinan basis data ${name} dicoba dipulihkan, dan ${what} ${id}. Salinan tidak dipakai. Coba lagi; bila terulang, periksa disk.`,
    });
  }
}

/** What was counted the same before and after a copy was taken, so that it must be the same in it. */
export function stoodStill(before: Contents['counted'], after: Contents['counted']): Contents['counted'] {
  return Object.fromEntries(Object.entries(before).filter(([what, is]) => after[what] === is));
}

const trailerWithin = 500;

/**
 * A dump that was cut off loads without a complaint.
 * @param trailer what its program writes at the end
 * @throws {AgentError} copy_differs
 */
export async function refuseCut(name: string, file: string, trailer: string): Promise<void> {
  const { size } = await stat(file);
  let end = '';
  for await (const piece of createReadStream(file, { start: Math.max(0, size - trailerWithin) }))
    end += piece;
  if (end.includes(trailer)) return;
  throw cutOff(name);
}

/** What to say of a copy without its end. */
export const cutOff = (name: string): AgentError =>
  new AgentError('copy_differs', {
    en: `The copy of the database ${name} is cut off at its end, and is not used. Take another backup.`,
    id: `Salinan basis data ${name} terpotong di akhirnya, dan tidak dipakai. Gunakan cadangan lain.`,
  });
