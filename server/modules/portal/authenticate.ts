import { instantText } from '#kit/clock.ts';
import type { AuthenticateCustomer } from '#kit/http/authorise.ts';
import type { Kit } from '#kit/kit.ts';
import { isSecretOf, parseToken } from '../identity/index.ts';
import { findValidToken, touchToken } from './token-queries.ts';

/** The last use of a session is noted at most this often, so that requests read and do not write. */
const noteUseEveryMinutes = 10;

/**
 * The customer of a session of the portal. It works as long as what was proved when it began, the e-mail address or phone, is the
 * customer's: one who was deleted or anonymised, or whose number is another's now, is signed out by that.
 */
export function authenticateCustomer(kit: Kit): AuthenticateCustomer {
  return async (bearer) => {
    const presented = parseToken(bearer);
    if (!presented) return undefined;
    const now = kit.clock.now();
    const at = instantText(now);
    const staleSince = instantText(now.subtract({ minutes: noteUseEveryMinutes }));
    const token = await findValidToken(kit.db, { id: presented.id, at, staleSince });
    if (!token || !isSecretOf(presented.secret, token.token)) return undefined;
    if (token.is_stale) await touchToken(kit.db, token.id, at);
    return { customerId: token.customer_id, status: token.status, tokenId: token.id };
  };
}
