import type { z } from 'zod';
import type { abilities } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { issueToken } from './issue-token.ts';
import { refuseLimitedToken, refuseUngrantable } from './policy.ts';
import { presentToken } from './present.ts';
import { deleteToken, findTokenExpiry } from './token-queries.ts';

export interface CreateTokenInput {
  readonly name: string;
  readonly abilities: z.output<typeof abilities>;
  readonly expires_at?: string | null | undefined;
}

const longestYears = 10;

/**
 * Makes a token for its maker, with at most the maker's own abilities. A limited token makes none that outlives it.
 * @throws {AppError} forbidden, or validation_failed naming `expires_at`.
 */
export async function createToken(kit: Kit, call: SignedInCall, input: CreateTokenInput) {
  const { actor } = call;
  refuseUngrantable(actor, input.abilities);
  const now = kit.clock.now();
  const expiry = input.expires_at ? Temporal.Instant.from(input.expires_at) : null;
  const latest = now.add({ hours: longestYears * 365 * 24 });
  if (
    expiry &&
    (Temporal.Instant.compare(expiry, now) <= 0 || Temporal.Instant.compare(expiry, latest) > 0)
  ) {
    throw fieldError('expires_at', {
      en: `Choose a time after now, at most ${longestYears} years ahead.`,
      id: `Pilih waktu setelah sekarang, paling lama ${longestYears} tahun ke depan.`,
    });
  }
  const own = actor.abilities === undefined ? null : await findTokenExpiry(kit.db, actor.tokenId);
  if (own && (!expiry || Temporal.Instant.compare(expiry, own) > 0)) {
    throw fieldError('expires_at', {
      en: `This token is limited and expires at ${own}; one made with it cannot live longer.`,
      id: `Token ini terbatas dan berakhir pada ${own}; token yang dibuat dengannya tidak dapat lebih lama.`,
    });
  }
  const { row, plain } = await inTransaction(kit.db, (tx) =>
    issueToken(kit, tx, call.author, {
      userId: actor.userId,
      name: input.name,
      abilities: [...new Set(input.abilities)],
      expiresAt: expiry && instantText(expiry),
    }),
  );
  return { ...presentToken(row, actor.tokenId), token: plain };
}

/**
 * Revokes one of one's own tokens; a limited token only itself.
 * @throws {AppError} not_found where it is another's or gone, forbidden.
 */
export async function revokeToken(kit: Kit, call: SignedInCall, id: number): Promise<void> {
  const { userId, tokenId } = call.actor;
  if (String(id) !== tokenId) refuseLimitedToken(call.actor);
  await inTransaction(kit.db, async (tx) => {
    const token = await deleteToken(tx, userId, String(id));
    if (!token) throw new AppError('not_found');
    await recordChanges(tx, kit.clock, call.author, [
      { action: 'token.revoked', subjectType: 'user', subjectId: userId, before: { token_id: id, ...token } },
    ]);
  });
}
