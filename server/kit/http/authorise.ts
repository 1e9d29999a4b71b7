import type { FastifyRequest } from 'fastify';
import { type EndpointSpec, rolePermissions } from '#contract';
import { sameText } from '../crypto.ts';
import { AppError } from '../errors.ts';
import { type Actor, type CustomerActor, holds } from './call.ts';

export const sessionCookie = 'nadi_session';
export const csrfCookie = 'XSRF-TOKEN';

export interface Credentials {
  readonly bearer: string | undefined;
  readonly session: string | undefined;
}

/** Finds who presents the credentials; undefined when they are unknown, expired, revoked or of a deactivated user. */
export type Authenticate = (credentials: Credentials) => Promise<Actor | undefined>;

/** Finds the customer of a bearer token of the portal; undefined as for {@link Authenticate}. */
export type AuthenticateCustomer = (bearer: string) => Promise<CustomerActor | undefined>;

export interface Authenticators {
  readonly authenticate: Authenticate;
  readonly authenticateCustomer: AuthenticateCustomer;
}

/** Who was let in: nobody where nobody need sign in. */
export interface Caller {
  readonly actor?: Actor;
  readonly customer?: CustomerActor;
}

/**
 * Lets the request through or refuses it, by the permission its endpoint declares.
 * @throws {AppError} unauthenticated, forbidden, or csrf_mismatch for a change by cookie without its token.
 */
export async function authorise(
  spec: EndpointSpec,
  request: FastifyRequest,
  { authenticate, authenticateCustomer }: Authenticators,
): Promise<Caller> {
  const credentials = credentialsOf(request);
  const presented = credentials.bearer !== undefined || credentials.session !== undefined;
  if (spec.permission === 'public') return {};
  if (spec.permission === 'customer') {
    const { bearer } = credentials;
    const customer = bearer === undefined ? undefined : await authenticateCustomer(bearer);
    if (!customer) throw new AppError('unauthenticated');
    return { customer };
  }
  const actor = presented ? await authenticate(credentials) : undefined;
  if (!actor) throw new AppError('unauthenticated');
  if (actor.csrfToken !== undefined && spec.method !== 'GET') {
    const sent = request.headers['x-xsrf-token'];
    if (typeof sent !== 'string' || !sameText(sent, actor.csrfToken)) throw new AppError('csrf_mismatch');
  }
  if (spec.permission !== 'any' && !holds(actor, spec.permission, rolePermissions[actor.role])) {
    throw new AppError('forbidden');
  }
  return { actor };
}

/** A bearer token wins over a cookie, so that an API client is never asked for a CSRF token. */
function credentialsOf(request: FastifyRequest): Credentials {
  const bearer = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
  return { bearer, session: bearer === undefined ? request.cookies[sessionCookie] : undefined };
}
