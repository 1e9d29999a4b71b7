import { instantText } from '#kit/clock.ts';
import { sha256Hex } from '#kit/crypto.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { insertToken, type TokenKind, type TokenRow } from './token-queries.ts';
import { newTokenSecret } from './token-text.ts';

export interface TokenRequest {
  readonly userId: string;
  readonly name: string;
  readonly kind?: TokenKind;
  /** Without them: all that the user's role may. */
  readonly abilities?: readonly string[] | undefined;
  /** RFC 3339 in UTC; null: never. */
  readonly expiresAt: string | null;
}

export interface IssuedToken {
  readonly row: TokenRow;
  /** `<id>|<secret>`: not stored, so this is the only time it is known. */
  readonly plain: string;
}

/** Makes a token or session without asking who may, and records it. */
export async function issueToken(
  kit: Kit,
  tx: Tx,
  author: Author,
  request: TokenRequest,
): Promise<IssuedToken> {
  const { userId, name, kind = 'api', abilities, expiresAt } = request;
  const secret = newTokenSecret();
  const row = await insertToken(tx, {
    userId,
    name,
    kind,
    hash: sha256Hex(secret),
    abilities: abilities ?? ['*'],
    expiresAt,
    at: instantText(kit.clock.now()),
  });
  const after = { token_id: Number(row.id), name, kind, abilities: row.abilities, expires_at: expiresAt };
  await recordChanges(tx, kit.clock, author, [
    { action: 'token.created', subjectType: 'user', subjectId: userId, after },
  ]);
  return { row, plain: `${row.id}|${secret}` };
}
