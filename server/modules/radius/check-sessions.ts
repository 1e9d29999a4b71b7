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
  dueChecks,
  putOff,
  setClass,
} from './check-queries.ts';
import { changeRate, endSessions, type RadiusTiming } from './end-session.ts';
import type { RadiusHooks } from './hooks.ts';
import { findOpenSession, type SessionRow } from './session-queries.ts';

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
    const due = await dueChecks(kit.db, at, batch);
    if (due.length === 0) return;
    const toEnd = (await Promise.all(due.map((check) => settleRate(kit, hooks, check, timing)))).flatMap(
      (session) => session ?? [],
    );
    const endings = await endSessions(kit, hooks, toEnd, timing);
    // Put off whatever came of it: what is settled is dropped by the next pass.
    await putOff(kit.db, new Map(due.map(({ id }) => [id, endings.get(id) ?? 'changed'])), at);
  }
}

/** Finds open sessions that are not what they should be, whatever it was that was missed. */
export function findDrifted(kit: Kit): Promise<number> {
  return addDrifted(kit.db, instantText(kit.clock.now()));
}

/** The session where it has to end. */
async function settleRate(
  kit: Kit,
  hooks: RadiusHooks,
  check: Check,
  timing: RadiusTiming | undefined,
): Promise<SessionRow | undefined> {
  const session = await findOpenSession(kit.db, check.id);
  if (!session || check.wanted === null || accessOf(check.wanted) !== accessOf(check.class)) return session;
  if (!(await changeRate(kit, hooks, session, check.rate_limit ?? '', timing))) return session;
  await setClass(kit.db, check.id, check.wanted);
  return undefined;
}

function accessOf(value: string): string {
  return value.split(' ', 1)[0] ?? '';
}
