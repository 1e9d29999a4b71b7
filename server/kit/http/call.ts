import type { IncomingHttpHeaders } from 'node:http';
import type { Permission, Role } from '#contract';
import type { Language } from '../errors.ts';

/** Who makes a request. */
export interface Actor {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  /** Permissions the token is limited to; undefined means all that the role has. */
  readonly abilities: ReadonlySet<string> | undefined;
  /** personal_access_tokens.id of the token or session in use. */
  readonly tokenId: string;
  /** For a cookie session: the value that X-XSRF-TOKEN must carry on a change. Undefined for bearer tokens. */
  readonly csrfToken: string | undefined;
}

/** The customer who makes a request of the portal. */
export interface CustomerActor {
  readonly customerId: string;
  readonly status: 'active' | 'inactive' | 'suspended';
  readonly tokenId: string;
}

/** Where a change came from, as the audit log keeps it. */
export interface Author {
  readonly userId: string | undefined;
  /** The e-mail address of a person, `customer:` and an id, or the name of a part of the system such as `billing.run`. */
  readonly name: string;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly requestId: string | undefined;
}

export interface Cookie {
  readonly name: string;
  /** Undefined removes the cookie. */
  readonly value: string | undefined;
  readonly httpOnly: boolean;
  readonly maxAgeSeconds?: number;
}

/** The circumstances of one request, beside its validated input. */
export interface Call {
  readonly actor: Actor | undefined;
  readonly customer: CustomerActor | undefined;
  readonly author: Author;
  readonly language: Language;
  /** The first of ours that the client asks for; undefined where it asks for none. */
  readonly askedLanguage: Language | undefined;
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
  /** The session cookie as it was sent, not verified. */
  readonly sessionCookie: string | undefined;
  /** Origin and path of the request, without its query. */
  readonly address: string;
  /** The query as it was sent, for the links of a paginator. */
  readonly rawQuery: Readonly<Record<string, unknown>>;
  setCookie(cookie: Cookie): void;
}

export interface SignedInCall extends Call {
  readonly actor: Actor;
}

export interface CustomerCall extends Call {
  readonly customer: CustomerActor;
}

/** Whether role and token both hold the permission. */
export function holds(actor: Actor, permission: Permission, ofRole: ReadonlySet<Permission>): boolean {
  return ofRole.has(permission) && (actor.abilities === undefined || actor.abilities.has(permission));
}

/** The author of a change that no person made. */
export function systemAuthor(name: string): Author {
  return { userId: undefined, name, ip: undefined, userAgent: undefined, requestId: undefined };
}
