import { Secret, TOTP } from 'otpauth';

const period = 30;

/** A new secret of 160 bits, in base32 as authenticator apps take it (RFC 4226 §4, R6). */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

export function totpUrl(secret: string, issuer: string, label: string): string {
  return totp(secret, issuer, label).toString();
}

/** The time step (RFC 6238 §4.2) whose code this is, at most one before or after the present one. */
export function matchingStep(secret: string, code: string, now: Temporal.Instant): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const timestamp = now.epochMilliseconds;
  const delta = totp(secret).validate({ token: code, timestamp, window: 1 });
  return delta === null ? undefined : Math.floor(timestamp / 1000 / period) + delta;
}

function totp(secret: string, issuer = '', label = ''): TOTP {
  return new TOTP({ issuer, label, algorithm: 'SHA1', digits: 6, period, secret: Secret.fromBase32(secret) });
}
