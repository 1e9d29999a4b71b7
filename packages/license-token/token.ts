import type { KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

/** How long a token lasts, which is the grace: each heartbeat renews it (decisions.md, License wire). */
export const tokenDays = 30;
/** A clock may be so far off before what a token says is not believed. */
export const clockToleranceHours = 24;

const issuer = 'nadi-vendor';
const audience = 'nadi-installation';

const claimsSchema = z.object({
  /** Id of the installation at the vendor. */
  sub: z.uuid(),
  install_id: z.uuid(),
  agent_code: z.string(),
  plan: z.string(),
  features: z.record(z.string(), z.boolean()),
  limits: z.record(z.string(), z.number()),
  /** Digest of the machine it is for. */
  fingerprint: z.string(),
  /** RFC 3339; null is for ever. */
  valid_until: z.string().nullable(),
  /** grace: the paid time is over. */
  status: z.enum(['active', 'grace']),
  /** Counts up with each token of an installation. */
  serial: z.number().int().positive(),
  /**
   * Version of the newest document of the director for the installation, 0 where there is none. Whoever knows of none as new has been
   * kept from it, and asks again (TUF's freeze attack).
   */
  directive_version: z.number().int().nonnegative(),
  /** Seconds since 1970. */
  iat: z.number().int(),
  exp: z.number().int(),
});

/** What a license token says. */
export type LicenseClaims = Readonly<z.output<typeof claimsSchema>>;

/** A key that signs: `kid` is its name among the public ones. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

export interface VerifyingKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
}

/** When a token that is issued `at` ends: after 30 days, and no later than 30 days after the paid time. */
export function tokenEnd(at: Temporal.Instant, validUntil: Temporal.Instant | null): Temporal.Instant {
  const grace = { hours: tokenDays * 24 };
  const end = at.add(grace);
  const last = validUntil?.add(grace);
  return last !== undefined && Temporal.Instant.compare(last, end) < 0 ? last : end;
}

/** Signs a token: a JWT (RFC 7519) with EdDSA over Ed25519 (RFC 8037). */
export function signToken(claims: LicenseClaims, { kid, privateKey }: SigningKey): Promise<string> {
  return new SignJWT({ ...claims, iss: issuer, aud: audience })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid })
    .sign(privateKey);
}

/** Why a token is not believed. */
export type TokenFault =
  /** No token of ours at all: cut, changed, or for something else. */
  | 'malformed'
  /** Signed by a key that is not among those given. */
  | 'unknown_key'
  | 'bad_signature'
  /** Its time is over. */
  | 'expired'
  /** It is from the future: a clock is wrong. */
  | 'not_yet';

export type VerifiedToken =
  | { readonly claims: LicenseClaims; readonly fault?: never }
  /** Of a token that is ours and only too old or too new, what it says stands beside. */
  | { readonly fault: TokenFault; readonly claims?: LicenseClaims };

/** Verifies a token without asking anybody, against the public keys that are known and the time that is given. */
export async function verifyToken(
  token: string,
  { keys, at }: { readonly keys: readonly VerifyingKey[]; readonly at: Temporal.Instant },
): Promise<VerifiedToken> {
  const kid = kidOf(token);
  if (kid === undefined) return { fault: 'malformed' };
  const key = keys.find((known) => known.kid === kid);
  if (key === undefined) return { fault: 'unknown_key' };
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      algorithms: ['EdDSA'],
      issuer,
      audience,
      // Times are judged below, where what the token says is still at hand.
      currentDate: new Date(0),
    });
    const read = claimsSchema.safeParse(payload);
    if (!read.success) return { fault: 'malformed' };
    return { ...judged(read.data, at) };
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return { fault: 'bad_signature' };
    if (error instanceof errors.JOSEError) return { fault: 'malformed' };
    throw error;
  }
}

function judged(claims: LicenseClaims, at: Temporal.Instant): VerifiedToken {
  const seconds = at.epochMilliseconds / 1000;
  if (claims.iat > seconds + clockToleranceHours * 3600) return { fault: 'not_yet', claims };
  return seconds >= claims.exp ? { fault: 'expired', claims } : { claims };
}

function kidOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}
