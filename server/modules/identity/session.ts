import { csrfCookie, sessionCookie } from '#kit/http/authorise.ts';
import type { Call } from '#kit/http/call.ts';
import { csrfTokenOf, newTokenSecret, parseToken } from './token-text.ts';

/** A session ends after this long without a request, */
export const sessionSeconds = 12 * 3600;
/** and after this long in any case. */
export const longestSessionSeconds = 30 * 86_400;

/** Gives the browser its session, out of reach of scripts, and the readable value that changes must repeat. */
export function setSessionCookies(call: Call, token: string): void {
  // No Max-Age: the server ends the session, which slides with use as a cookie's age would not.
  call.setCookie({ name: sessionCookie, value: token, httpOnly: true });
  setCsrfCookie(call, token);
}

/** Repeats the CSRF value of the session sent along. Without a session any value does: none is asked for. */
export function setCsrfCookie(call: Call, session = call.sessionCookie): void {
  const secret = parseToken(session ?? '')?.secret ?? newTokenSecret();
  call.setCookie({ name: csrfCookie, value: csrfTokenOf(secret), httpOnly: false });
}

export function clearSessionCookies(call: Call): void {
  call.setCookie({ name: sessionCookie, value: undefined, httpOnly: true });
  call.setCookie({ name: csrfCookie, value: undefined, httpOnly: false });
}
