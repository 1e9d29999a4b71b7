import { fieldError } from '#kit/errors.ts';
import { parseRateLimit } from '#routeros';
import type { PackageRow } from '../../catalog/index.ts';
import { type Found, profileKey } from './found.ts';
import { canonicalRate } from './read-entries.ts';

export interface Mapping {
  readonly profile: string;
  readonly package_id: string;
}

/**
 * Which package each profile is: the one that somebody says; else the one of its speed, where there is one alone or one of its
 * name. @throws {AppError} validation_failed where a package is meant that is not sold
 */
export function matchPackages(
  entries: readonly Found[],
  sold: readonly PackageRow[],
  mappings: readonly Mapping[],
): ReadonlyMap<string, PackageRow> {
  const byId = new Map(sold.map((row) => [row.id, row]));
  const said = new Map(
    mappings.map(({ profile, package_id: id }, index) => {
      const pack = byId.get(id);
      if (pack === undefined) {
        throw fieldError(`packages.${index}.package_id`, {
          en: 'This package is not sold, or is not here.',
          id: 'Paket ini tidak dijual, atau tidak ada.',
        });
      }
      return [profileKey(pack.type, profile), pack];
    }),
  );
  const bySpeed = Map.groupBy(sold, (pack) => profileKey(pack.type, canonicalRate(pack.rate_limit) ?? ''));
  const found = new Map<string, PackageRow>();
  for (const { kind, profile, rate } of entries) {
    const key = profileKey(kind, profile);
    if (found.has(key)) continue;
    const [only, ...more] = rate === null ? [] : (bySpeed.get(profileKey(kind, rate)) ?? []);
    const named = [only, ...more].find((pack) => pack?.name.toLowerCase() === profile.toLowerCase());
    const pack = said.get(key) ?? named ?? (more.length === 0 ? only : undefined);
    if (pack !== undefined) found.set(key, pack);
  }
  return found;
}

/** A package of a profile's speed, to be added with a price; null for a speed that packages do not have. */
export function proposalOf({ kind, profile, rate }: Pick<Found, 'kind' | 'profile' | 'rate'>) {
  const [bandwidth = '0/0', limit, threshold, time] = (rate ?? '0/0').split(' ');
  if (rate !== null && (parseRateLimit(rate).priority ?? parseRateLimit(rate).min) !== undefined) return null;
  return { name: profile, type: kind, bandwidth, burst: limit ? `${limit} ${threshold} ${time}` : null };
}
