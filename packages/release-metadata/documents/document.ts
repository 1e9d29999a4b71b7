import { z } from 'zod';
import { type Envelope, isSignedBy, type RoleKeys } from '../tuf/signing.ts';

/** A document for one installation: what is signed of it. Its newest version counts, and none after it has expired. */
export interface Document {
  readonly _type: string;
  readonly spec_version: '1.0.0';
  /** The installation it is for. */
  readonly subject: string;
  readonly version: number;
  readonly issued_at: string;
  readonly expires: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Why a document is not believed. */
export type DocumentFault = 'malformed' | 'unsigned' | 'other_type' | 'other_subject' | 'older' | 'expired';

export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly fault: DocumentFault;

  constructor(fault: DocumentFault) {
    super(words[fault]);
    this.fault = fault;
  }
}

const words: Readonly<Record<DocumentFault, string>> = {
  malformed: 'This is not a signed document.',
  unsigned: 'The document is not signed by enough of the keys that count.',
  other_type: 'The document is of another kind.',
  other_subject: 'The document is for another installation.',
  older: 'The document is older than one that was seen before.',
  expired: 'The document has expired.',
};

const schema = z.strictObject({
  signed: z.strictObject({
    _type: z.string().min(1).max(100),
    spec_version: z.literal('1.0.0'),
    subject: z.string().min(1).max(200),
    version: z.number().int().min(1),
    issued_at: z.iso.datetime(),
    expires: z.iso.datetime(),
    body: z.record(z.string(), z.unknown()),
  }),
  signatures: z.array(z.strictObject({ keyid: z.string().max(200), sig: z.string().max(1000) })).max(100),
});

export interface Expected {
  readonly type: string;
  readonly subject: string;
  /** The version that was believed last; 0 where none was. */
  readonly seen: number;
  readonly now: Temporal.Instant;
}

/**
 * The document, where it is signed by the role of trusted targets metadata (`roleOfDocuments`), is of the type and for the
 * subject, has not expired, and is not older than what was seen.
 * @throws {DocumentError} otherwise, with why.
 */
export function verifyDocument(envelope: unknown, role: RoleKeys, expected: Expected): Document {
  const { success, data } = schema.safeParse(envelope);
  if (!success) throw new DocumentError('malformed');
  if (!isSigned(data, role)) throw new DocumentError('unsigned');
  const { signed } = data;
  if (signed._type !== expected.type) throw new DocumentError('other_type');
  if (signed.subject !== expected.subject) throw new DocumentError('other_subject');
  if (signed.version < expected.seen) throw new DocumentError('older');
  if (Temporal.Instant.compare(Temporal.Instant.from(signed.expires), expected.now) <= 0) {
    throw new DocumentError('expired');
  }
  return signed;
}

/** What cannot be made canonical was never signed. */
function isSigned(envelope: Envelope<unknown>, role: RoleKeys): boolean {
  try {
    return isSignedBy(envelope, role);
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
