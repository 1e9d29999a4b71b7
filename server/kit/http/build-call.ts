import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Kit } from '../kit.ts';
import { type Caller, sessionCookie } from './authorise.ts';
import type { Call } from './call.ts';
import { askedLanguage, languageOf } from './errors.ts';

/** Gathers the circumstances of a request for its handler. */
export function buildCall(
  kit: Kit,
  request: FastifyRequest,
  reply: FastifyReply,
  { actor, customer }: Caller,
): Call {
  const [path = '/'] = request.url.split('?');
  return {
    actor,
    customer,
    author: {
      userId: actor?.userId,
      name: actor?.email ?? (customer ? `customer:${customer.customerId}` : 'anonymous'),
      ip: request.ip,
      userAgent: request.headers['user-agent']?.slice(0, 255).toWellFormed(),
      requestId: request.id,
    },
    language: languageOf(request),
    askedLanguage: askedLanguage(request),
    ip: request.ip,
    headers: request.headers,
    sessionCookie: request.cookies[sessionCookie],
    address: `${request.protocol}://${request.host}${path}`,
    rawQuery: request.query as Record<string, unknown>, // Fastify parses every query string into an object.
    setCookie(cookie) {
      const options = {
        path: '/',
        httpOnly: cookie.httpOnly,
        sameSite: 'lax' as const,
        secure: kit.config.appUrl.startsWith('https:'),
      };
      if (cookie.value === undefined) reply.clearCookie(cookie.name, options);
      else {
        const age = cookie.maxAgeSeconds === undefined ? {} : { maxAge: cookie.maxAgeSeconds };
        reply.setCookie(cookie.name, cookie.value, { ...options, ...age });
      }
    },
  };
}
