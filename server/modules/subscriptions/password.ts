import { randomInt } from 'node:crypto';

/** Letters and digits that are not taken for one another when read from paper. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A router account's password of ten characters, for a subscriber who is given none. */
export function newRouterPassword(): string {
  return Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
