import { ImageFault } from './image-fault.ts';

/** A picture as a PDF takes it: eight bits a sample, the colours and how much each pixel covers apart. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
  /** Undefined where every pixel covers what lies below. */
  readonly alpha: Uint8Array | undefined;
}

/** What IHDR says (PNG, third edition, §11.2.1), with the chunks that tell colours. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly palette: Uint8Array;
  readonly transparency: Uint8Array | undefined;
}

/** How many samples make a pixel: grey, grey and alpha, colour, colour and alpha, or an index into the palette. */
export function samplesPerPixel(colorType: number): number {
  return { 2: 3, 4: 2, 6: 4 }[colorType] ?? 1;
}

/** The pixels behind unpacked rows, each of which begins with the filter it was written with. @throws {ImageFault} */
export function unpackPixels(png: PngHeader, rows: Buffer, rowBytes: number): Pixels {
  const { width, height, depth, colorType } = png;
  const samples = samplesPerPixel(colorType);
  const step = Math.max(1, (depth * samples) / 8);
  const rgb = new Uint8Array(width * height * 3);
  const alpha = colorType >= 4 || png.transparency ? new Uint8Array(width * height) : undefined;
  const pixel = new Uint16Array(samples);
  const colour = colourOf(png);
  let above = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y += 1) {
    const start = y * (rowBytes + 1);
    const row = unfilter(rows[start] ?? 0, rows.subarray(start + 1, start + 1 + rowBytes), above, step);
    for (let x = 0; x < width; x += 1) {
      for (let n = 0; n < samples; n += 1) pixel[n] = sampleAt(row, x * samples + n, depth);
      const at = y * width + x;
      const [red, green, blue, cover] = colour(pixel);
      rgb[at * 3] = red;
      rgb[at * 3 + 1] = green;
      rgb[at * 3 + 2] = blue;
      if (alpha) alpha[at] = cover;
    }
    above = row;
  }
  return { width, height, rgb, alpha };
}

/** Undoes the filter of one row (PNG §9.2). */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, step: number): Uint8Array<ArrayBuffer> {
  if (filter > 4) throw new ImageFault('broken');
  const plain = new Uint8Array(row.length);
  for (let i = 0; i < row.length; i += 1) {
    const left = plain[i - step] ?? 0;
    const up = above[i] ?? 0;
    const predicted = [0, left, up, (left + up) >> 1, 0][filter] ?? 0;
    const guess = filter === 4 ? paeth(left, up, i < step ? 0 : (above[i - step] ?? 0)) : predicted;
    plain[i] = (row[i] ?? 0) + guess;
  }
  return plain;
}

/** Whichever of the three neighbours is nearest to what they predict together (PNG §9.4). */
function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function sampleAt(row: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return row[index] ?? 0;
  if (depth === 16) return ((row[index * 2] ?? 0) << 8) | (row[index * 2 + 1] ?? 0);
  const bit = index * depth;
  return ((row[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

type Colour = readonly [red: number, green: number, blue: number, cover: number];

/** How the samples of one pixel become a colour of eight bits and how much of it covers. */
function colourOf({ depth, colorType, palette, transparency }: PngHeader): (pixel: Uint16Array) => Colour {
  const eight = (value = 0) => (depth === 16 ? value >> 8 : Math.round((value * 255) / ((1 << depth) - 1)));
  if (colorType === 3) {
    return ([index = 0]) => [
      palette[index * 3] ?? 0,
      palette[index * 3 + 1] ?? 0,
      palette[index * 3 + 2] ?? 0,
      transparency?.[index] ?? 255,
    ];
  }
  if (colorType === 4) return ([grey, cover]) => [eight(grey), eight(grey), eight(grey), eight(cover)];
  if (colorType === 6)
    return ([red, green, blue, cover]) => [eight(red), eight(green), eight(blue), eight(cover)];
  // One colour may be named as the one that does not cover (PNG §11.3.2.1).
  const clear = (pixel: Uint16Array) =>
    transparency !== undefined &&
    pixel.every((value, n) => value === (((transparency[n * 2] ?? 0) << 8) | (transparency[n * 2 + 1] ?? 0)));
  return colorType === 0
    ? (pixel) => [eight(pixel[0]), eight(pixel[0]), eight(pixel[0]), clear(pixel) ? 0 : 255]
    : (pixel) => [eight(pixel[0]), eight(pixel[1]), eight(pixel[2]), clear(pixel) ? 0 : 255];
}
