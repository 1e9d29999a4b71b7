import { canonicalBytes } from './canonical.ts';
import { isSignatureOf, keyIdOf, type PublicKey, type SigningKey, signatureOf } from './keys.ts';

export interface Signature {
  readonly keyid: string;
  readonly sig: string;
}

/** Something with the signatures on its canonical JSON. */
export interface Envelope<T> {
  readonly signed: T;
  readonly signatures: readonly Signature[];
}

/** Whose signatures count, and how many of them are needed. */
export interface RoleKeys {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

/** Signatures of all the keys. */
export function signaturesOf(signed: unknown, keys: readonly SigningKey[]): Signature[] {
  const bytes = canonicalBytes(signed);
  return keys.map((key) => ({ keyid: key.id, sig: signatureOf(bytes, key) }));
}

/** With further signatures; of a key that has signed before, the newer one. */
export function withSignatures<T>(envelope: Envelope<T>, added: readonly Signature[]): Envelope<T> {
  const byKey = new Map([...envelope.signatures, ...added].map((signature) => [signature.keyid, signature]));
  return { signed: envelope.signed, signatures: [...byKey.values()] };
}

/** Ids of the role's keys whose signature is right; each key counts once, however often it signed or is listed. */
export function signersOf({ signed, signatures }: Envelope<unknown>, role: RoleKeys): string[] {
  const bytes = canonicalBytes(signed);
  const keys = new Map(role.keys.map((key) => [keyIdOf(key), key]));
  const right = signatures.filter(({ keyid, sig }) => {
    const key = keys.get(keyid);
    return key !== undefined && isSignatureOf(bytes, sig, key);
  });
  return [...new Set(right.map(({ keyid }) => keyid))];
}

/** Whether enough keys of the role have signed. */
export function isSignedBy(envelope: Envelope<unknown>, role: RoleKeys): boolean {
  return role.threshold >= 1 && signersOf(envelope, role).length >= role.threshold;
}
