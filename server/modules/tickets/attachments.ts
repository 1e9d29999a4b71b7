import type { z } from 'zod';
import { type attachmentTypes, type fileSchema, mostAttachedBytes } from '#contract';
import { fieldError } from '#kit/errors.ts';
import { ImageFault } from '#kit/images/image-fault.ts';
import { readImage } from '#kit/images/read-image.ts';
import type { AttachmentRow } from './queries.ts';

type AttachmentType = (typeof attachmentTypes)[number];

export interface GivenFile {
  readonly filename: string;
  /** Base64. */
  readonly content: string;
}

export interface CheckedFile {
  readonly filename: string;
  readonly type: AttachmentType;
  readonly content: Buffer;
}

/** The files of one reply, each taken for what its bytes say it is. @throws {AppError} validation_failed naming the file */
export function checkFiles(given: readonly GivenFile[]): readonly CheckedFile[] {
  const files = given.map(({ filename, content }, index) => {
    const bytes = Buffer.from(content, 'base64');
    const type = typeOf(bytes);
    if (type === undefined) throw unknownType(`attachments.${index}.content`);
    return { filename, type, content: bytes };
  });
  if (files.reduce((sum, { content }) => sum + content.length, 0) > mostAttachedBytes) {
    throw fieldError('attachments', {
      en: 'The files are larger than 700 kB together. Save them smaller, or send them one by one.',
      id: 'Semua berkas lebih besar dari 700 kB. Perkecil, atau kirim satu per satu.',
    });
  }
  return files;
}

function typeOf(bytes: Buffer): AttachmentType | undefined {
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') return 'application/pdf';
  try {
    return readImage(bytes).type;
  } catch (error) {
    if (error instanceof ImageFault) return undefined;
    throw error;
  }
}

function unknownType(field: string) {
  return fieldError(field, {
    en: 'This is neither a PNG or JPEG picture nor a PDF file, or it is broken.',
    id: 'Ini bukan gambar PNG atau JPEG, bukan pula berkas PDF, atau rusak.',
  });
}

const extensions = { 'application/pdf': 'pdf', 'image/png': 'png', 'image/jpeg': 'jpg' } as const;

/** The file to be saved, under a name that every system can save and with the ending of what it is. */
export function presentFile({ filename, type, content }: AttachmentRow): z.input<typeof fileSchema> {
  const base = filename
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return {
    type,
    bytes: content,
    filename: `${base.slice(0, 80) || 'lampiran'}.${extensions[type]}`,
    foreign: true,
  };
}
