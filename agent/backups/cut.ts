import { createHash } from 'node:crypto';

/** Bytes of a chunk: at least, about, at most. */
export const sizes = { least: 256 << 10, most: 4 << 20 } as const;

/** One of 2^20 places ends a chunk. The upper bits depend on the last 32 bytes alone. */
const mask = 0xfffff000 | 0;

/** A number for each byte, the same for ever: other numbers would cut everything anew. */
const gear = Int32Array.from({ length: 256 }, (_, byte) =>
  createHash('sha256').update(`nadi chunk ${byte}`).digest().readInt32LE(),
);

/**
 * Where the next chunk ends in what is there; its length where it ends nowhere before. What is inserted into a file moves only the
 * chunks around it, since the place depends on the content and not on how far it is from the beginning (FastCDC, USENIX ATC 2016).
 */
export function endOfChunk(bytes: Uint8Array): number {
  const most = Math.min(bytes.length, sizes.most);
  let hash = 0;
  for (let at = sizes.least; at < most; at += 1) {
    // Both are within their arrays.
    hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0;
    if ((hash & mask) === 0) return at + 1;
  }
  return most;
}
