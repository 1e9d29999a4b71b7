import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import type { PackageRow } from '../catalog/index.ts';
import type { SubscriptionsChange } from '../subscriptions/index.ts';
import {
  addDrifted,
  type Check,
  checkSessionsOf,
  checkStatement,
  dropSettled,
  putOff,
  setClasses,
  takeDue,
} from './check-queries.ts';
import { changeRates, endSessions, type RadiusTiming } from './end-session.ts';
import type { RadiusHooks } from './hooks.ts';
import { openSessionsAmong, type SessionRow } from './session-queries.ts';

/** How many routers are asked at once. */
const batch = 200;

/** Has sessions looked at whose subscriptions change: part of the change's own statement. */
export function checkChanged({ kind, touched, at }: SubscriptionsChange) {
  return kind === 'created' ? [] : [checkStatement(touched, at)];
}

/** The same for the subscriptions of a package, where it gives something else now. */
export async function checkPackage(tx: Tx, before: PackageRow, after: PackageRow, at: string): Promise<void> {
  const matters = ['bandwidth', 'burst', 'priority', 'ip_pool', 'ipv6_pool', 'delegated_ipv6_pool'] as const;
  if (matters.every((field) => before[field] === after[field])) return;
  await checkSessionsOf(tx, after.id, at);
}

/**
 * Brings sessions in line with their subscriptions: one that may not be, or that was let in as something else, is ended, so
 * that it comes back as it should; where only the speed is another, the router is told that speed, and the session ends if
 * it does not agree. What fails is tried again later.
 */
export async function checkSessions(kit: Kit, hooks: RadiusHooks, timing?: RadiusTiming): Promise<void> {
  for (;;) {
    const at = instantText(kit.clock.now());
    await dropSettled(kit.db);
    const due = await takeDue(kit.db, at, batch);
    if (due.length === 0) return;
    const sessions = await openSessionsAmong(
      kit.db,
      due.map(({ id }) => id),
    );
    const changed = await settleRates(kit, hooks, due, sessions, timing);
    const toEnd = sessions.filter(({ id }) => !changed.has(id));
    const endings = await endSessions(kit, hooks, toEnd, timing);
    // Put off whatever came of it: what is settled is dropped by the next pass.
    await putOff(kit.db, new Map(due.map(({ id }) => [id, endings.get(id) ?? 'changed'])), at);
  }
}

/** Finds open sessions that are not what they should be, whatever it was that was missed. */
export function findDrifted(kit: Kit): Promise<number> {
  return addDrifted(kit.db, instantText(kit.clock.now()));
}

/** Tells routers the speed of those where only that is another; gives back the sessions that are settled by it. */
async function settleRates(
  kit: Kit,
  hooks: RadiusHooks,
  due: readonly Check[],
  sessions: readonly SessionRow[],
  timing: RadiusTiming | undefined,
): Promise<ReadonlySet<string>> {
  const checks = new Map(due.map((check) => [check.id, check]));
  const changes = sessions.flatMap((session) => {
    const { wanted = null, class: before = '', rate_limit: rateLimit } = checks.get(session.id) ?? {};
    const isRate = wanted !== null && accessOf(wanted) === accessOf(before);
    return isRate ? [{ session, rateLimit: rateLimit ?? '', wanted }] : [];
  });
  const changed = await changeRates(kit, hooks, changes, timing);
  const settled = changes.filter(({ session }) => changed.has(session.id));
  await setClasses(kit.db, new Map(settled.map(({ session, wanted }) => [session.id, wanted])));
  return changed;
}

function accessOf(value: string): string {
  return value.split(' ', 1)[0] ?? '';
}
