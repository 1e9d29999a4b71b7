import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { z } from 'zod';
import { canonicalBytes } from './canonical.ts';
import { keyIdOf, keyOfSecret, makeKey, type PublicKey, type SigningKey, secretOf } from './keys.ts';

/** What offline keys sign: metadata of trust itself, releases, or what switches an installation off. */
export const offlineRoles = ['root', 'targets', 'director'] as const;
export type OfflineRole = (typeof offlineRoles)[number];

/** What a key file says without its passphrase. */
export interface KeyFile {
  readonly role: OfflineRole;
  readonly id: string;
  readonly publicKey: PublicKey;
}

/** A key file that is torn, or a passphrase that does not fit: its message is for people. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** RFC 7914. 128 MiB and about half a second for each guess. */
const cost = 2 ** 17;
const mostCost = 2 ** 20;
const passphraseLength = 12;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const base64 = z.string().regex(/^[A-Za-z0-9_-]{1,200}$/);
const head = {
  role: z.enum(offlineRoles),
  keyid: hex64,
  public: z.strictObject({
    keytype: z.literal('ed25519'),
    scheme: z.literal('ed25519'),
    keyval: z.strictObject({ public: hex64 }),
  }),
};
const publicSchema = z.strictObject({ format: z.literal('nadi-public-key-1'), ...head });
const schema = z.strictObject({
  format: z.literal('nadi-key-1'),
  ...head,
  secret: z.strictObject({
    kdf: z.literal('scrypt'),
    cost: z.number().int().min(2).max(mostCost),
    salt: base64,
    cipher: z.literal('aes-256-gcm'),
    nonce: base64,
    sealed: base64,
  }),
});
type File = z.output<typeof schema>;

/**
 * Makes a key and the text of its file: scrypt and AES-256-GCM, with role and public key bound to the sealed secret.
 * @throws {KeyFileError} where the passphrase is too short to protect anything.
 */
export function makeKeyFile(
  role: OfflineRole,
  passphrase: string,
  kdfCost = cost,
): KeyFile & { text: string } {
  if (passphrase.length < passphraseLength) {
    throw new KeyFileError(
      `Use a passphrase of ${passphraseLength} characters or more; a few words are easy to keep.`,
    );
  }
  const key = makeKey();
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const head = { role, keyid: key.id, public: key.publicKey };
  const cipher = createCipheriv('aes-256-gcm', stretched(passphrase, salt, kdfCost), nonce);
  cipher.setAAD(canonicalBytes(head));
  const sealed = Buffer.concat([cipher.update(secretOf(key), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const file: File = {
    format: 'nadi-key-1',
    ...head,
    secret: {
      kdf: 'scrypt',
      cost: kdfCost,
      salt: salt.toString('base64url'),
      cipher: 'aes-256-gcm',
      nonce: nonce.toString('base64url'),
      sealed: sealed.toString('base64url'),
    },
  };
  return { role, id: key.id, publicKey: key.publicKey, text: `${JSON.stringify(file, null, 2)}\n` };
}

/** What a server is told of a key, to believe it: the file without its secret. */
export function publicHalfOf({ role, id, publicKey }: KeyFile): string {
  const half = { format: 'nadi-public-key-1', role, keyid: id, public: publicKey };
  return `${JSON.stringify(half, null, 2)}\n`;
}

/** Whether the file has a secret, or is a public half alone. */
export function canSign(text: string): boolean {
  return publicSchema.safeParse(jsonOf(text)).data === undefined;
}

/** What the file, or its public half, says of the key. @throws {KeyFileError} where it is torn or no key file. */
export function readKeyFile(text: string): KeyFile {
  const half = publicSchema.safeParse(jsonOf(text)).data;
  const file = half !== undefined && half.keyid === keyIdOf(half.public) ? half : parse(text);
  return { role: file.role, id: file.keyid, publicKey: file.public };
}

/** Opens the file. @throws {KeyFileError} for a wrong passphrase and for a file that is torn or was changed. */
export function openKeyFile(text: string, passphrase: string): KeyFile & SigningKey {
  const file = parse(text);
  const { role, keyid: id, public: publicKey, secret } = file;
  const sealed = Buffer.from(secret.sealed, 'base64url');
  const key = stretched(passphrase, Buffer.from(secret.salt, 'base64url'), secret.cost);
  let opened: string;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(secret.nonce, 'base64url'), {
      authTagLength: 16,
    });
    decipher.setAAD(canonicalBytes({ role, keyid: id, public: publicKey }));
    decipher.setAuthTag(sealed.subarray(-16));
    opened = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8');
  } catch {
    throw new KeyFileError(
      'The passphrase does not fit this key file, or the file was changed. Try again, or use a backup of the file.',
    );
  }
  return { ...keyOfSecret(publicKey, opened), role };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parse(text: string): File {
  const torn = new KeyFileError('This is not a whole key file. Use a backup of it.');
  const { success, data } = schema.safeParse(jsonOf(text));
  if (!success || data.keyid !== keyIdOf(data.public)) throw torn;
  // scrypt takes powers of two alone.
  if (!Number.isInteger(Math.log2(data.secret.cost))) throw torn;
  return data;
}

function stretched(passphrase: string, salt: Buffer, n: number): Buffer {
  // What is typed is the same on every keyboard and system.
  return scryptSync(passphrase.normalize('NFKC'), salt, 32, { N: n, r: 8, p: 1, maxmem: 256 * n * 8 });
}
