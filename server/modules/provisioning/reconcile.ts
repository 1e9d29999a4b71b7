import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { instantText } from '#kit/clock.ts';
import type { Message } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { RouterError, RouterosError } from '#routeros';
import { findRouter, type RouterRow, restAfter, routerTrouble, withRouter } from '../routers/index.ts';
import { allIntents, dueIntents } from './intent-queries.ts';
import { ensureIntents } from './mark-queries.ts';
import { sweepSeconds } from './rules.ts';
import { serveRound } from './serve-round.ts';
import {
  beginSweep,
  dropLease,
  hasWork as hasWorkAt,
  recordFailure,
  recordPass,
  releaseLease,
  renewLease,
  takeLease,
} from './state-queries.ts';

/** `busy`: another worker serves it, and was asked to look again. `resting`: it failed before, and waits. */
export type PassResult = 'done' | 'failed' | 'busy' | 'resting' | 'inactive';

/** Intents of one round: their rows are held in memory. */
const mostAtOnce = 20_000;
/** A connection that broke in the middle is made anew so often before the router counts as failing. */
const tries = 3;
/** The lease is said anew after so long; whoever lost it writes no longer than that. */
const renewSeconds = 15;
/** How long a connection is kept for what may come, in milliseconds. */
const lingerMs = 40;
/** A round that leaves work to the next is rare; so many would mean that something never ends. */
const mostRounds = 100;

/**
 * Brings a router in line with what the business says, until nothing waits. One worker at a time: another that asks
 * meanwhile makes this one look once more. What goes wrong with the router is noted, not thrown.
 */
export async function reconcileRouter(
  kit: Kit,
  routerId: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<PassResult> {
  // Most are asked for beside others, and find their work done.
  if (!(await hasWork(kit, routerId))) return 'done';
  if (!(await findRouter(kit.db, routerId))?.is_active) return 'inactive';
  const worker = randomUUID();
  const lease = await takeLease(kit.db, routerId, worker, now(kit));
  if (!lease.mine) return 'busy';
  try {
    const rests =
      lease.nextAttemptAt !== null && Temporal.Instant.compare(lease.nextAttemptAt, kit.clock.now()) > 0;
    if (rests) return 'resting';
    for (;;) {
      // Its settings may have changed while it was served.
      const router = await findRouter(kit.db, routerId);
      if (!router?.is_active) return 'inactive';
      const result = await serve(kit, router, worker, lease.failures, signal);
      if (result === 'changed' || (result === 'done' && !(await releaseLease(kit.db, routerId, worker))))
        continue;
      return result;
    }
  } finally {
    await dropLease(kit.db, routerId, worker);
  }
}

class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

async function serve(
  kit: Kit,
  router: RouterRow,
  worker: string,
  failures: number,
  signal: AbortSignal | undefined,
): Promise<PassResult | 'changed'> {
  const triedProfiles = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    let wasConnected = false;
    try {
      if (!(await hasWork(kit, router.id))) return 'done';
      await withRouter(
        kit,
        router,
        async (connection) => {
          wasConnected = true;
          await servePass(kit, router, worker, connection, triedProfiles);
        },
        signal,
      );
      return 'done';
    } catch (error) {
      if (error instanceof LeaseLost) return 'busy';
      if (!(error instanceof RouterosError)) throw error;
      if (wasConnected && attempt < tries && !(error instanceof RouterError)) continue;
      // What failed was another address or password than it has by now.
      if (!isSame(router, await findRouter(kit.db, router.id))) return 'changed';
      await noteFailure(kit, router.id, failures, error);
      return 'failed';
    }
  }
}

function isSame(before: RouterRow, now: RouterRow | undefined): boolean {
  return isDeepStrictEqual({ ...before, last_connected_at: null }, { ...now, last_connected_at: null });
}

type Connection = Parameters<Parameters<typeof withRouter>[2]>[0];

/** What waits first, since somebody waits for it; then the full comparison, if it is due. */
async function servePass(
  kit: Kit,
  router: RouterRow,
  worker: string,
  connection: Connection,
  triedProfiles: Set<string>,
): Promise<void> {
  const { db } = kit;
  let renewed = kit.clock.now();
  const renew = async () => {
    if (renewed.until(kit.clock.now()).total('seconds') < renewSeconds) return;
    if (!(await renewLease(db, router.id, worker, now(kit)))) throw new LeaseLost();
    renewed = kit.clock.now();
  };
  const round = { db, routerId: router.id, connection, triedProfiles, renew, now: () => now(kit) };
  let swept = !(await beginSweep(db, router.id, now(kit)));
  let isQuiet = false;
  let hasServed = false;
  let unrecorded = 0;
  for (let count = 0; count < mostRounds; count += 1) {
    await renew();
    const intents = await dueIntents(db, router.id, now(kit), mostAtOnce);
    if (intents.length > 0) {
      isQuiet = false;
      unrecorded += (await serveRound({ ...round, intents, whole: false })).writes;
      hasServed = true;
    } else if (!swept) {
      await ensureIntents(db, router.id, now(kit));
      const all = await allIntents(db, router.id);
      const { writes, orphans, isPart } = await serveRound({ ...round, intents: all, whole: true });
      swept = !isPart;
      const nextAt = instantText(kit.clock.now().add({ seconds: sweepSeconds(Math.random()) }));
      await recordPass(db, router.id, {
        writes,
        ...(swept ? { sweep: { nextAt, orphans } } : {}),
        at: now(kit),
      });
    } else if (isQuiet) return;
    else {
      // Payments come in bursts: those behind need no connection of their own.
      isQuiet = true;
      if (hasServed) await recordPass(db, router.id, { writes: unrecorded, at: now(kit) });
      hasServed = false;
      unrecorded = 0;
      await delay(lingerMs);
    }
  }
  // There is no end to it: others have their turn, and the next job goes on.
  if (hasServed) await recordPass(db, router.id, { writes: unrecorded, at: now(kit) });
}

async function noteFailure(
  kit: Kit,
  routerId: string,
  failures: number,
  error: RouterosError,
): Promise<void> {
  const { state, seconds } = restAfter(error, failures, Math.random());
  const message: Message = routerTrouble(error);
  await recordFailure(kit.db, routerId, {
    state,
    message,
    nextAttemptAt: instantText(kit.clock.now().add({ seconds })),
    at: now(kit),
  });
  kit.log.warn({ router: routerId, failures: failures + 1, trouble: message.en }, 'router not served');
}

const hasWork = (kit: Kit, routerId: string) => hasWorkAt(kit.db, routerId, now(kit));

const now = (kit: Kit) => instantText(kit.clock.now());
