import { ImageFault } from './image-fault.ts';
import { jpegSize } from './jpeg.ts';
import { pngSignature, pngSize } from './png.ts';

export interface ImageFacts {
  readonly type: 'image/png' | 'image/jpeg';
  readonly width: number;
  readonly height: number;
}

/** What a picture is by its first bytes, and its size in pixels; nothing is unpacked. @throws {ImageFault} */
export function readImage(bytes: Buffer): ImageFacts {
  if (bytes.subarray(0, pngSignature.length).equals(pngSignature)) {
    return { type: 'image/png', ...pngSize(bytes) };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return { type: 'image/jpeg', ...jpegSize(bytes) };
  throw new ImageFault('unknown');
}
