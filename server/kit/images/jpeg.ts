import { ImageFault } from './image-fault.ts';

interface JpegSize {
  readonly width: number;
  readonly height: number;
}

/** Markers that stand alone, without a length after them: TEM, RST0 to RST7, SOI (ITU-T T.81, table B.1). */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
/** The frames that PDF readers draw: baseline, extended and progressive (ISO 32000-2, §7.4.8). */
const drawable = [0xc0, 0xc1, 0xc2];
const endOfImage = Buffer.from([0xff, 0xd9]);

/** Reads the size from the frame header of a JPEG, which must be whole, of eight bits and of one or three colours. */
export function jpegSize(bytes: Buffer): JpegSize {
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
    } else if (isAlone(marker)) {
      at += 2;
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return frame(bytes, at, marker);
    } else if (marker === 0xda) {
      break;
    } else {
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
  throw new ImageFault('broken');
}

function frame(bytes: Buffer, at: number, marker: number): JpegSize {
  const whole = bytes.lastIndexOf(endOfImage) > at;
  const height = bytes.readUInt16BE(at + 5);
  const width = bytes.readUInt16BE(at + 7);
  if (!whole || width === 0 || height === 0) throw new ImageFault('broken');
  // Four colours mean ink for a printing press, which every reader shows differently.
  const colours = bytes[at + 9] ?? 0;
  if (!drawable.includes(marker) || bytes[at + 4] !== 8 || ![1, 3].includes(colours)) {
    throw new ImageFault('colours');
  }
  return { width, height };
}
