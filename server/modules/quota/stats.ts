import type { z } from 'zod';
import type { quotaStatsSchema } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { Remembered } from '#kit/remembered.ts';
import { gigabytesOf, percentOf } from './present.ts';
import { statsSeconds } from './rules.ts';
import { readVersion, type StatsFilter, type StatsRow, statsByType } from './stats-queries.ts';

type Stats = z.input<typeof quotaStatsSchema>;

const mostRemembered = 100;

/**
 * Statistics of quotas, remembered for 300 seconds by filter. What changes a quota counts up a version in the database, which is part
 * of what an answer is remembered by: so it is new on every server at once.
 */
export function rememberedStats(kit: Kit): (filter: StatsFilter) => Promise<Stats> {
  const known = new Remembered<Stats>(mostRemembered, statsSeconds * 1000);
  return async (filter) => {
    const now = kit.clock.now();
    // Read before the sums: an answer made while something changes is remembered as old.
    const version = await readVersion(kit.db);
    const key = JSON.stringify([version, filter.membership_type, filter.period]);
    const found = known.recall(key, now.epochMilliseconds);
    if (found !== undefined) return found;
    const stats = summed(await statsByType(kit.db, filter), instantText(now));
    known.remember(key, stats, now.epochMilliseconds);
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
