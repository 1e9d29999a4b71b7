import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, subtle } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

/** How objects of a vault are named and packed: compressed by zstd, and encrypted with AES-256-GCM where there is a key. */
export interface Sealing {
  /** What content is called: the same for the same, and with a key it tells nobody else what it is the name of. */
  nameOf(content: Uint8Array): Promise<string>;
  seal(name: string, content: Uint8Array): Promise<Uint8Array>;
  /**
   * Also what was sealed before there was a key.
   * @throws {Unsealable} where it is not the content of this name
   */
  open(name: string, sealed: Uint8Array): Promise<Uint8Array>;
}

/** The object is not what was put there, or the key is another. */
export class Unsealable extends Error {
  override readonly name = 'Unsealable';
  readonly needsKey: boolean;

  constructor(needsKey: boolean) {
    super(needsKey ? 'It is encrypted.' : 'It is damaged.');
    this.needsKey = needsKey;
  }
}

const kinds = { plain: 1, encrypted: 2 } as const;
const nonceBytes = 12;
const tagBytes = 16;
/** No object of ours is larger, whatever one claims. */
const largest = 1 << 30;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
/** Bytes that zlib is given room for at once: each time it has used them up it goes round again. */
const roomFor = (bytes: number) => Math.min(65 << 14, Math.max(1 << 14, bytes + (bytes >> 6)));
/** What is larger is hashed beside; the way there costs as much as so many bytes. */
const hashedHere = 64 << 10;

/** @param key 32 bytes, or none for objects that anybody may read who gets at the vault */
export function sealingWith(key?: Uint8Array): Sealing {
  return {
    nameOf: (content) => nameWith(key, content),
    async seal(name, content) {
      const packed = await compress(content, { chunkSize: roomFor(content.length) });
      if (key === undefined) return Buffer.concat([Buffer.of(kinds.plain), packed]);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
      const body = [cipher.update(packed), cipher.final()];
      return Buffer.concat([Buffer.of(kinds.encrypted), nonce, ...body, cipher.getAuthTag()]);
    },
    async open(name, sealed) {
      const isEncrypted = sealed[0] === kinds.encrypted;
      if (isEncrypted && key === undefined) throw new Unsealable(true);
      const content = await whole(async () => {
        if (!isEncrypted || key === undefined) return await unpack(sealed.subarray(1));
        const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceBytes))
          .setAAD(Buffer.from(name))
          .setAuthTag(sealed.subarray(-tagBytes));
        const body = cipher.update(sealed.subarray(1 + nonceBytes, -tagBytes));
        return await unpack(Buffer.concat([body, cipher.final()]));
      });
      if (content === undefined || (await nameWith(isEncrypted ? key : undefined, content)) !== name)
        throw new Unsealable(false);
      return content;
    },
  };
}

async function nameWith(key: Uint8Array | undefined, content: Uint8Array): Promise<string> {
  const hash = await hashOf(content);
  return key === undefined ? hash.toString('hex') : createHmac('sha256', key).update(hash).digest('hex');
}

async function hashOf(content: Uint8Array): Promise<Buffer> {
  if (content.length <= hashedHere) return createHash('sha256').update(content).digest();
  // It lies in memory of its own, which nobody shares.
  return Buffer.from(await subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>));
}

/** Undefined where the cipher or zstd refuses it. */
async function whole(open: () => Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await open();
  } catch {
    return undefined;
  }
}

const unpack = (packed: Uint8Array): Promise<Uint8Array> =>
  decompress(packed, { maxOutputLength: largest, chunkSize: roomFor(4 * packed.length) });
