import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { canonicalBytes } from './canonical.ts';

/** An ed25519 public key as TUF metadata has it (TUF 1.0.34 §4.2). */
export interface PublicKey {
  readonly keytype: 'ed25519';
  readonly scheme: 'ed25519';
  readonly keyval: { readonly public: string };
}

/** A key that can sign. */
export interface SigningKey {
  readonly id: string;
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

/** TUF's id of a key: SHA-256 of its canonical JSON, in hex. */
export function keyIdOf(key: PublicKey): string {
  return createHash('sha256').update(canonicalBytes(key)).digest('hex');
}

export function makeKey(): SigningKey {
  return signingKey(generateKeyPairSync('ed25519').privateKey);
}

/** The 32 bytes that are the key's secret, in base64url. */
export function secretOf(key: SigningKey): string {
  const { d } = key.privateKey.export({ format: 'jwk' });
  if (d === undefined) throw new TypeError('This is no private key.');
  return d;
}

/** The key of a public one and what {@link secretOf} gave. @throws {Error} where they do not belong together. */
export function keyOfSecret(publicKey: PublicKey, secret: string): SigningKey {
  const x = Buffer.from(publicKey.keyval.public, 'hex').toString('base64url');
  const privateKey = createPrivateKey({
    key: { kty: 'OKP', crv: 'Ed25519', x, d: secret },
    format: 'jwk',
  });
  const key = signingKey(privateKey);
  if (key.publicKey.keyval.public !== publicKey.keyval.public) {
    throw new Error('The private key does not belong to the public one.');
  }
  return key;
}

/** As Node's cryptography takes it. @throws {Error} where it is no ed25519 key. */
export function keyObjectOf(key: PublicKey): KeyObject {
  return createPublicKey({ key: jwkOf(key), format: 'jwk' });
}

/** As a JSON Web Key (RFC 8037). */
export function jwkOf(key: PublicKey) {
  const x = Buffer.from(key.keyval.public, 'hex').toString('base64url');
  return { kty: 'OKP', crv: 'Ed25519', x } as const;
}

export function signatureOf(bytes: Uint8Array, key: SigningKey): string {
  return signBytes(null, bytes, key.privateKey).toString('hex');
}

/** False also for what is no signature or no key at all. */
export function isSignatureOf(bytes: Uint8Array, signature: string, key: PublicKey): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature) || !/^[0-9a-f]{64}$/.test(key.keyval.public)) return false;
  return verifyBytes(null, bytes, keyObjectOf(key), Buffer.from(signature, 'hex'));
}

function signingKey(privateKey: KeyObject): SigningKey {
  // Derived from the secret itself: the jwk of a private key repeats the public half it was given.
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('This is no ed25519 key.');
  const publicKey: PublicKey = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(x, 'base64url').toString('hex') },
  };
  return { id: keyIdOf(publicKey), publicKey, privateKey };
}
