import { randomUUID } from 'node:crypto';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { RouterosError } from '#routeros';
import { findRouter, restAfter, routerTrouble, withRouter } from '../routers/index.ts';
import { saveReadings } from './counter-queries.ts';
import { dropPoll, failPoll, finishPoll, takePoll } from './poll-queries.ts';
import { readCounters } from './read-counters.ts';

/** `idle`: it is not due, or another worker reads it. `late`: another took over, and this one's reading does not count. */
export type PollResult = 'done' | 'failed' | 'idle' | 'late' | 'inactive';

/** Seconds between two looks at a router; some chance (0 to 1) spreads many routers over the time. */
const pollSeconds = (chance: number) => Math.round(300 * (0.8 + 0.4 * chance));

/**
 * Reads the counters of a router and counts what is new, in one transaction with the note that it was read: killed anywhere, or
 * done by two at a time, no byte counts twice. What goes wrong with the router is noted, not thrown.
 */
export async function pollRouter(kit: Kit, routerId: string, signal?: AbortSignal): Promise<PollResult> {
  const router = await findRouter(kit.db, routerId);
  if (!router?.is_active) return 'inactive';
  const worker = randomUUID();
  const taken = await takePoll(kit.db, routerId, worker, instantText(kit.clock.now()));
  if (taken === undefined) return 'idle';
  try {
    const readings = await withRouter(kit, router, (on) => readCounters(on, !router.use_radius), signal);
    const at = instantText(kit.clock.now());
    return await inTransaction(kit.db, async (tx) => {
      if (!(await finishPoll(tx, routerId, worker, { at, nextAt: later(kit, pollSeconds(Math.random())) })))
        return 'late';
      await saveReadings(tx, routerId, readings, at);
      return 'done';
    });
  } catch (error) {
    if (!(error instanceof RouterosError)) {
      await dropPoll(kit.db, routerId, worker);
      throw error;
    }
    const { state, seconds } = restAfter(error, taken.failures, Math.random());
    const message = routerTrouble(error);
    await failPoll(kit.db, routerId, worker, { state, message, nextAt: later(kit, seconds) });
    kit.log.warn(
      { router: routerId, failures: taken.failures + 1, trouble: message.en },
      'counters of a router not read',
    );
    return 'failed';
  }
}

const later = (kit: Kit, seconds: number) => instantText(kit.clock.now().add({ seconds }));
