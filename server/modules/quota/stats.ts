import type { z } from 'zod';
import type { quotaStatsSchema } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { gigabytesOf, percentOf } from './present.ts';
import { statsSeconds } from './rules.ts';
import { readVersion, type StatsFilter, type StatsRow, statsByType } from './stats-queries.ts';

type Stats = z.input<typeof quotaStatsSchema>;

/** Answers remembered at once; the one made longest ago is forgotten first. */
const mostRemembered = 100;

/**
 * Statistics of quotas, remembered for 300 seconds by filter. What changes a quota counts up a version in the database, which is part
 * of what an answer is remembered by: so it is new on every server at once.
 */
export function rememberedStats(kit: Kit): (filter: StatsFilter) => Promise<Stats> {
  const known = new Map<string, { readonly stats: Stats; readonly until: number }>();
  return async (filter) => {
    const now = kit.clock.now();
    // Read before the sums: an answer made while something changes is remembered as old.
    const version = await readVersion(kit.db);
    const key = JSON.stringify([version, filter.membership_type, filter.period]);
    const found = known.get(key);
    if (found !== undefined && found.until > now.epochMilliseconds) return found.stats;
    const stats = summed(await statsByType(kit.db, filter), instantText(now));
    known.delete(key);
    known.set(key, { stats, until: now.epochMilliseconds + statsSeconds * 1000 });
    if (known.size > mostRemembered) known.delete(known.keys().next().value ?? key);
    return stats;
  };
}

function summed(rows: readonly StatsRow[], at: string): Stats {
  const total = (pick: (row: StatsRow) => number) => rows.reduce((sum, row) => sum + pick(row), 0);
  const bytes = (pick: (row: StatsRow) => string) =>
    String(rows.reduce((sum, row) => sum + BigInt(pick(row)), 0n));
  const figures = (row: Omit<StatsRow, 'membership_type'>) => ({
    members: row.members,
    warned: row.warned,
    exceeded: row.exceeded,
    limited: row.limited,
    quota_gb: gigabytesOf(row.quota_bytes),
    used_gb: gigabytesOf(row.used_bytes),
    // Nobody has used nothing up.
    percent: row.members === 0 ? 0 : percentOf(row.used_bytes, row.quota_bytes),
  });
  return {
    ...figures({
      members: total((row) => row.members),
      warned: total((row) => row.warned),
      exceeded: total((row) => row.exceeded),
      limited: total((row) => row.limited),
      quota_bytes: bytes((row) => row.quota_bytes),
      used_bytes: bytes((row) => row.used_bytes),
    }),
    by_membership_type: rows.map((row) => ({ membership_type: row.membership_type, ...figures(row) })),
    generated_at: at,
  };
}
