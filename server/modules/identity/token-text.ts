import { createHmac, randomBytes } from 'node:crypto';
import { sameText, sha256Hex } from '#kit/crypto.ts';

const secretBytes = 32;

export interface TokenText {
  readonly id: string;
  readonly secret: string;
}

/** The secret half of a new token: 256 random bits in 43 characters. */
export function newTokenSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** Takes `<id>|<secret>` apart; undefined for any other text. */
export function parseToken(text: string): TokenText | undefined {
  const [, id, secret] = /^(\d{1,18})\|([\w-]{40,100})$/.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** A plain hash will do: the secret has more entropy than can be searched. */
export function isSecretOf(secret: string, storedHash: string): boolean {
  return sameText(sha256Hex(secret), storedHash);
}

/** The CSRF token of a session. Who reads it learns nothing of the session's secret. */
export function csrfTokenOf(secret: string): string {
  return createHmac('sha256', secret).update('nadi csrf').digest('base64url');
}
