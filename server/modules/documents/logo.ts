import { deflateSync } from 'node:zlib';
import { decodePng } from '#kit/images/png.ts';
import { readImage } from '#kit/images/read-image.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Logo {
  readonly width: number;
  readonly height: number;
  draw(box: Box): void;
}

/** What pdfkit asks of an image it is given already open; its types know only its own. */
interface EmbeddedImage {
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly obj: PDFKit.PDFKitReference;
  embed(): void;
}

/**
 * Opens a logo for drawing. One that cannot be drawn gives undefined: no invoice fails for its logo.
 *
 * PNGs are unpacked here and not by pdfkit, which does it after the call and throws what it then finds where nobody can
 * catch it.
 */
export function openLogo(pdf: PDFKit.PDFDocument, image: Buffer): Logo | undefined {
  try {
    const { type, width, height } = readImage(image);
    const source = type === 'image/png' ? embedPng(pdf, image) : image;
    return {
      width,
      height,
      draw({ x, y, width: wide, height: high }: Box) {
        try {
          // pdfkit takes its own open images, too, which its types do not say; exif would turn what was measured.
          const options = { width: wide, height: high, ignoreOrientation: true };
          pdf.image(source as Buffer, x, y, options);
        } catch {
          // What pdfkit cannot read stays away; the room for it stays empty.
        }
      },
    };
  } catch {
    return undefined;
  }
}

function embedPng(pdf: PDFKit.PDFDocument, image: Buffer): unknown {
  const { width, height, rgb, alpha } = decodePng(image);
  const common = {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: height,
    BitsPerComponent: 8,
    Filter: 'FlateDecode',
  };
  const mask = alpha && pdf.ref({ ...common, ColorSpace: 'DeviceGray' });
  mask?.end(deflateSync(alpha ?? new Uint8Array()));
  const obj = pdf.ref({ ...common, ColorSpace: 'DeviceRGB', ...(mask ? { SMask: mask } : {}) });
  obj.end(deflateSync(rgb));
  const embedded: EmbeddedImage = { width, height, label: 'Logo', obj, embed: () => undefined };
  return embedded;
}
