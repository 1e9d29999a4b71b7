import { randomBytes } from 'node:crypto';
import { sha256Hex } from '#kit/crypto.ts';

/** Crockford's base32: no letters that are mistaken for digits. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const codes = 10;
const characters = 16;

/** Ten codes of 80 random bits, such as `8f2k-m1vt-zq0w-5a7c`: enough that a plain hash guards them. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: codes }, () =>
    Array.from(randomBytes(characters), (byte) => alphabet.charAt(byte & 31))
      .join('')
      .replace(/.{4}(?=.)/g, '$&-'),
  );
}

/** The stored form of a code, however its owner typed capitals, spaces and dashes. */
export function recoveryCodeHash(userId: string, code: string): string {
  return sha256Hex(`${userId} ${code.toLowerCase().replace(/[^0-9a-z]/g, '')}`);
}
