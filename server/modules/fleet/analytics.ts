import { instantText } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { adoption, countStates, failuresByError, outcomes, updateTimes } from './analytics-queries.ts';

/** How releases spread, and what came of them, between two local days. */
export async function showAnalytics(
  kit: Kit,
  query: { readonly from: string; readonly to: string; readonly version?: string | undefined },
) {
  const { timezone } = await readOrganisation(kit.db);
  const range = { ...query, timezone };
  const at = instantText(kit.clock.now());
  const today = await organisationToday(kit);
  const [states, days, ended, times, errors] = await Promise.all([
    countStates(kit.db, at),
    adoption(kit.db, range, today, at),
    outcomes(kit.db, range),
    updateTimes(kit.db, range),
    failuresByError(kit.db, range),
  ]);
  return {
    from: query.from,
    to: query.to,
    states,
    adoption: days,
    outcomes: ended.map((each) => {
      const all = each.success + each.failed + each.silent + each.rolled_back;
      return { ...each, success_rate: all === 0 ? 0 : Math.floor((each.success / all) * 1000) / 10 };
    }),
    times,
    errors,
  };
}
