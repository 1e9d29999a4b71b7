import { crc32, inflateSync } from 'node:zlib';
import { ImageFault } from './image-fault.ts';
import { type Pixels, type PngHeader, samplesPerPixel, unpackPixels } from './png-pixels.ts';

interface Parsed extends PngHeader {
  readonly compressed: Uint8Array;
}

/** The depths that each colour type may have (PNG §11.2.1). */
const depths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Width and height, read before anything is unpacked. @throws {ImageFault} */
export function pngSize(bytes: Buffer): { readonly width: number; readonly height: number } {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') throw new ImageFault('broken');
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/**
 * Unpacks a PNG whose size the caller has found acceptable. What is packed may not grow past what the size needs, so a
 * small file cannot fill the memory. Interlaced files are refused: no program saves them unless told to.
 * @throws {ImageFault}
 */
export function decodePng(bytes: Buffer): Pixels {
  const png = parse(bytes);
  const rowBytes = Math.ceil((png.width * png.depth * samplesPerPixel(png.colorType)) / 8);
  const needed = (rowBytes + 1) * png.height;
  let rows: Buffer;
  try {
    rows = inflateSync(png.compressed, { maxOutputLength: needed + 4096 });
  } catch {
    throw new ImageFault('broken');
  }
  if (rows.length < needed) throw new ImageFault('broken');
  return unpackPixels(png, rows, rowBytes);
}

function parse(bytes: Buffer): Parsed {
  const { width, height } = pngSize(bytes);
  const depth = bytes.readUInt8(24);
  const colorType = bytes.readUInt8(25);
  if (!depths[colorType]?.includes(depth) || width === 0 || height === 0) throw new ImageFault('broken');
  if (bytes.readUInt8(28) !== 0) throw new ImageFault('interlaced');
  const chunks = chunksOf(bytes);
  const find = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const palette = find('PLTE') ?? new Uint8Array();
  if (colorType === 3 && (palette.length === 0 || palette.length % 3 !== 0)) throw new ImageFault('broken');
  const parts = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  return {
    width,
    height,
    depth,
    colorType,
    palette,
    transparency: find('tRNS'),
    compressed: Buffer.concat(parts),
  };
}

/** The chunks up to IEND; one that is cut off, or whose checksum is wrong, makes the file broken. */
function chunksOf(bytes: Buffer): { readonly type: string; readonly data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = pngSignature.length; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) break;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') return chunks;
    chunks.push({ type, data: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
  throw new ImageFault('broken');
}
