import { instantText } from '#kit/clock.ts';
import type { Authenticate } from '#kit/http/authorise.ts';
import type { Kit } from '#kit/kit.ts';
import { longestSessionSeconds, sessionSeconds } from './session.ts';
import { findValidToken, touchToken } from './token-queries.ts';
import { csrfTokenOf, isSecretOf, parseToken } from './token-text.ts';

/** The last use of a token is noted at most this often, so that requests read and do not write. */
const noteUseEverySeconds = 60;

/**
 * Who presents a token or session cookie, found by one indexed query that joins the user: a role taken away, a
 * deactivation or a revocation counts from the next request on. A session is taken from its cookie only, and an API
 * token as bearer only, so that neither gets around the CSRF check.
 */
export function authenticate(kit: Kit): Authenticate {
  return async ({ bearer, session }) => {
    const kind = bearer === undefined ? 'session' : 'api';
    const presented = parseToken(bearer ?? session ?? '');
    if (!presented) return undefined;
    const now = kit.clock.now();
    const at = instantText(now);
    const staleSince = instantText(now.subtract({ seconds: noteUseEverySeconds }));
    const token = await findValidToken(kit.db, { id: presented.id, kind, at, staleSince });
    if (!token || !isSecretOf(presented.secret, token.token)) return undefined;
    if (token.is_stale) {
      const lifetime = { sessionSeconds, longestSeconds: longestSessionSeconds };
      await touchToken(kit.db, { id: token.id, at, staleSince, ...lifetime });
    }
    return {
      userId: token.user_id,
      email: token.email,
      role: token.role,
      abilities:
        token.abilities === null || token.abilities.includes('*') ? undefined : new Set(token.abilities),
      tokenId: token.id,
      csrfToken: kind === 'session' ? csrfTokenOf(presented.secret) : undefined,
    };
  };
}
