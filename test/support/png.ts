import { crc32, deflateSync } from 'node:zlib';

export interface PngOptions {
  readonly depth?: number;
  readonly colorType?: number;
  readonly interlaced?: boolean;
  /** Unpacked rows, each after its filter; without them zeroes as many as the size needs. */
  readonly rows?: Buffer;
  /** What stands before the picture's data: PLTE, tRNS. */
  readonly chunks?: readonly (readonly [type: string, data: Buffer])[];
}

const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A PNG of that size, written chunk by chunk so that it may also be a wrong one. */
export function png(width: number, height: number, options: PngOptions = {}): Buffer {
  const { depth = 8, colorType = 6, interlaced = false, rows, chunks = [] } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType, 0, 0, interlaced ? 1 : 0], 8);
  const rowBytes = Math.ceil((width * depth * (channels[colorType] ?? 1)) / 8) + 1;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...chunks.map(([type, data]) => chunk(type, data)),
    chunk('IDAT', deflateSync(rows ?? Buffer.alloc(rowBytes * height))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
