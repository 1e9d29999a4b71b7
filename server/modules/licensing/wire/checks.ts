import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '#kit/errors.ts';
import { clockToleranceHours, hashKey, keyFaultWords, parseKey } from '#license-token';
import type { LicenseRow } from '../license-queries.ts';
import { isOlder } from '../rules.ts';

/** The hash of a typed key. @throws {AppError} license_key_format, saying what is wrong with it */
export function keyHashOf(text: string): string {
  const parsed = parseKey(text);
  if ('key' in parsed) return hashKey(parsed.key);
  const { en, id } = keyFaultWords(parsed.fault);
  throw new AppError('license_key_format', {
    message: { en: `This is not a license key. ${en}`, id: `Ini bukan kunci lisensi. ${id}` },
  });
}

/**
 * Refuses a machine whose clock, as the body or the header Date tells it, is a day off or more: it would take good tokens for expired.
 * @throws {AppError} license_clock_skew
 */
export function refuseSkew(
  now: Temporal.Instant,
  told: string | undefined,
  { date }: IncomingHttpHeaders,
): void {
  const shown = told === undefined ? Date.parse(date ?? '') : Temporal.Instant.from(told).epochMilliseconds;
  const hours = Math.round(Math.abs(shown - now.epochMilliseconds) / 3_600_000);
  // A Date that nobody can read says nothing.
  if (Number.isNaN(hours) || hours < clockToleranceHours) return;
  const days = Math.round(hours / 24);
  throw new AppError('license_clock_skew', {
    message: {
      en: `The clock of this machine is ${days} days off: here it is ${now.toString({ smallestUnit: 'minute' })}.`,
      id: `Jam mesin ini meleset ${days} hari: di sini sekarang ${now.toString({ smallestUnit: 'minute' })}.`,
    },
  });
}

const refused = {
  suspended: 'license_suspended',
  revoked: 'license_revoked',
  expired: 'license_expired',
} as const;

/** How a license that works stands. */
export type Working = 'active' | 'grace';

/** @throws {AppError} license_suspended, license_revoked, license_expired; with the reason a person gave */
export function requireWorking({
  status,
  status_reason: reason,
}: Pick<LicenseRow, 'status' | 'status_reason'>): Working {
  if (status === 'active' || status === 'grace') return status;
  const refusal = new AppError(refused[status]);
  if (reason === null || status === 'expired') throw refusal;
  throw new AppError(refused[status], {
    message: { en: `${refusal.said('en')} ${reason}`, id: `${refusal.said('id')} ${reason}` },
  });
}

/** @throws {AppError} license_version_unsupported */
export function requireVersion({ min_app_version: least }: LicenseRow, version: string | undefined): void {
  if (least === null || version === undefined || !isOlder(version, least)) return;
  throw new AppError('license_version_unsupported', {
    message: {
      en: `Version ${version} of the application is too old: it must be ${least} or newer.`,
      id: `Versi aplikasi ${version} terlalu lama: harus ${least} atau lebih baru.`,
    },
  });
}
