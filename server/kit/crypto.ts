import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Encrypts secrets at rest with AES-256-GCM (NIST SP 800-38D) under a key that stands outside the database. */
export interface SecretBox {
  /** `purpose` is authenticated with the text, so that a value copied into another column does not open. */
  seal(text: string, purpose: string): string;
  /** Throws if the value was changed, or was sealed under another key or purpose. */
  open(sealed: string, purpose: string): string;
  /** HMAC-SHA-256 under the key: who has the database alone cannot search for a short text by it. */
  mark(text: string, purpose: string): string;
}

const version = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

/** `key`: 32 bytes. The sealed form is `v1.` and base64url of nonce, tag and text. */
export function createSecretBox(key: Buffer): SecretBox {
  if (key.length !== 32) throw new RangeError('A secret box needs a key of 32 bytes.');
  const markKey = Buffer.from(hkdfSync('sha256', key, '', 'nadi mark', 32));
  return {
    mark: (text, purpose) => createHmac('sha256', markKey).update(`${purpose}\0${text}`).digest('hex'),
    seal(text, purpose) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${version}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed, purpose) {
      const [prefix, payload] = sealed.split('.');
      const bytes = Buffer.from(payload ?? '', 'base64url');
      if (prefix !== version || bytes.length < nonceBytes + tagBytes) {
        throw new Error('This is not a sealed secret.');
      }
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(purpose));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      const body = bytes.subarray(nonceBytes + tagBytes);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    },
  };
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Compares two texts in a time that does not depend on where they differ. */
export function sameText(left: string, right: string): boolean {
  return timingSafeEqual(
    createHash('sha256').update(left).digest(),
    createHash('sha256').update(right).digest(),
  );
}
