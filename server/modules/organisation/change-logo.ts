import { createHash } from 'node:crypto';
import { maxLogoBytes } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { fieldError, type Message } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { ImageFault, type ImageFaultKind } from '#kit/images/image-fault.ts';
import { decodePng } from '#kit/images/png.ts';
import { type ImageFacts, readImage } from '#kit/images/read-image.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { deleteLogoRow, findLogo, type LogoRow, putLogoRow } from './logo-queries.ts';

/** A side of a logo in pixels: far more than print needs, and few enough to unpack within a request. */
const longestSide = 1600;

const faults: Readonly<Record<ImageFaultKind | 'bytes' | 'pixels', Message>> = {
  unknown: { en: 'This is neither a PNG nor a JPEG picture.', id: 'Ini bukan gambar PNG atau JPEG.' },
  broken: {
    en: 'The picture is broken. Save it again as PNG or JPEG.',
    id: 'Gambar rusak. Simpan lagi sebagai PNG atau JPEG.',
  },
  interlaced: {
    en: 'The PNG is interlaced. Save it without interlacing.',
    id: 'PNG ini memakai interlace. Simpan tanpa interlace.',
  },
  colours: {
    en: 'The JPEG has colours for a printing press (CMYK). Save it in RGB.',
    id: 'JPEG ini memakai warna untuk percetakan (CMYK). Simpan dalam RGB.',
  },
  bytes: {
    en: 'The picture is larger than 300 kB. Save it smaller.',
    id: 'Gambar lebih besar dari 300 kB. Simpan dengan ukuran lebih kecil.',
  },
  pixels: {
    en: `The picture is larger than ${longestSide} by ${longestSide} pixels. Make it smaller.`,
    id: `Gambar lebih besar dari ${longestSide} kali ${longestSide} piksel. Perkecil dulu.`,
  },
};

/**
 * Sets the logo. The picture is unpacked once here, so that what is stored can be drawn.
 * @throws {AppError} validation_failed, naming `image`
 */
export async function setLogo(kit: Kit, author: Author, base64: string): Promise<LogoRow> {
  const image = Buffer.from(base64, 'base64');
  const { type, width, height } = checked(image);
  return inTransaction(kit.db, async (tx) => {
    const before = await findLogo(tx);
    const row = { media_type: type, image, width, height, updated_at: instantText(kit.clock.now()) };
    const after = await putLogoRow(tx, row);
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'organisation.logo_set',
        subjectType: 'organisation',
        subjectId: null,
        ...(before ? { before: described(before) } : {}),
        after: described(after),
      },
    ]);
    return after;
  });
}

/** Removes the logo; where there is none, nothing is recorded either. */
export async function removeLogo(kit: Kit, author: Author): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const before = await deleteLogoRow(tx);
    if (!before) return;
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'organisation.logo_removed',
        subjectType: 'organisation',
        subjectId: null,
        before: described(before),
      },
    ]);
  });
}

function checked(image: Buffer): ImageFacts {
  if (image.length > maxLogoBytes) throw fieldError('image', faults.bytes);
  try {
    const facts = readImage(image);
    if (Math.max(facts.width, facts.height) > longestSide) throw fieldError('image', faults.pixels);
    if (facts.type === 'image/png') decodePng(image);
    return facts;
  } catch (error) {
    if (error instanceof ImageFault) throw fieldError('image', faults[error.kind]);
    throw error;
  }
}

/** What the audit log keeps of a logo: not its bytes, but enough to tell one from another. */
function described({ media_type, width, height, image }: LogoRow) {
  return { media_type, width, height, sha256: createHash('sha256').update(image).digest('hex') };
}
