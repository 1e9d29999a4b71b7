import type { Db } from '#kit/db.ts';
import type { RouterConnection } from '#routeros';
import { backoffSeconds } from '../routers/index.ts';
import { type Actual, ownersIn } from './actual.ts';
import { applySteps } from './apply-steps.ts';
import { dropSessions } from './drop-sessions.ts';
import { dangerous, isMass } from './guard.ts';
import { countOwned, mustDrop, mustDropAllOf, type Outcome, saveOutcomes } from './intent-queries.ts';
import { hasNoAccess, type IntentPlan, planIntent } from './plan.ts';
import { type ProfileChange, planProfiles } from './plan-profiles.ts';
import { readRouter, readsAll } from './read-router.ts';
import { type Fault, type Settings, settingsOf, type Wanted } from './wanted.ts';

export interface Round {
  readonly db: Db;
  readonly routerId: string;
  readonly connection: RouterConnection;
  /** Every intent of the router is in it, and everything is read. */
  readonly whole: boolean;
  readonly intents: readonly Wanted[];
  /** Profiles that were set before in this pass: the router does not take them if they still differ. */
  readonly triedProfiles: Set<string>;
  /** RFC 3339. */
  readonly now: () => string;
  readonly renew: () => Promise<void>;
}

export interface RoundResult {
  /** Commands that were to change the router. */
  readonly writes: number;
  readonly orphans: number;
  /** Profiles were changed, and the rest is left to the next round. */
  readonly isPart: boolean;
}

/**
 * Brings a router in line with some intents, or all: reads, compares, writes what differs, reads back what was written, ends
 * sessions that must end, and notes what was seen. Written in such an order that whoever takes over after a kill anywhere
 * finds what is left to do. @throws {RouterosError}
 */
export async function serveRound(round: Round): Promise<RoundResult> {
  const { db, routerId, connection, intents, whole } = round;
  const settings = settingsOf(intents);
  const actual = await readRouter(connection, intents, whole, round.renew);
  const plans = plansOf(settings, intents, actual, false);
  const profiles = planProfiles(plans, actual, settings);
  const changed = profiles.filter(({ exists, name }) => exists && !round.triedProfiles.has(name));
  if (changed.length > 0) return { writes: await changeProfiles(round, changed), orphans: 0, isPart: true };
  const held = await heldOf(round, plans);
  const going = plans
    .filter(({ steps, fault, wanted }) => steps.length > 0 && (fault === undefined || hasNoAccess(wanted)))
    .filter((plan) => !held.has(plan));
  await mustDrop(
    db,
    routerId,
    going.filter(({ endsSession, wanted }) => endsSession && !wanted.must_drop).map(idOf),
  );
  await round.renew();
  const made = profiles.filter(({ exists }) => !exists);
  const profileFaults = await applySteps(connection, stepsOf(made), round.renew);
  const steps = going.flatMap((plan) => plan.steps.map(({ command }) => ({ owner: idOf(plan), command })));
  const refused = await applySteps(connection, steps, round.renew);
  const lying = await notApplied(round, going);
  const fault = (plan: IntentPlan): Fault | undefined => {
    if (held.has(plan))
      return { code: 'held', ...(plan.danger === undefined ? {} : { detail: plan.danger }) };
    if (plan.fault !== undefined) return plan.fault;
    const id = idOf(plan);
    const profile = profileFaults.get(plan.entry?.profile?.name ?? '');
    const stale = profiles.some(({ exists, name }) => exists && name === plan.entry?.profile?.name);
    return refused.get(id) ?? profile ?? (lying.has(id) || stale ? { code: 'not_applied' } : undefined);
  };
  const sound = plans.filter((plan) => {
    const found = fault(plan);
    return found === undefined || (found === plan.fault && hasNoAccess(plan.wanted));
  });
  await round.renew();
  const staying = await dropSessions(connection, sound, actual);
  const outcomes = plans.flatMap((plan) => {
    const found = fault(plan) ?? (staying.has(idOf(plan)) ? ({ code: 'session_stays' } as const) : undefined);
    const isNews =
      found !== undefined || !plan.wanted.verified || plan.steps.length > 0 || plan.wanted.must_drop;
    return isNews ? [outcomeOf(plan, found, round.now())] : [];
  });
  await saveOutcomes(db, routerId, outcomes, round.now());
  const known = new Set(intents.map(({ subscription_id: id }) => id));
  return {
    isPart: false,
    writes: steps.length + stepsOf(made).length,
    orphans: whole ? [...ownersIn(actual)].filter((id) => !known.has(id)).length : 0,
  };
}

/** Sets profiles to another speed; whoever uses them is noted before, and served in the next round. */
async function changeProfiles(round: Round, changed: readonly ProfileChange[]): Promise<number> {
  const { db, routerId } = round;
  const names = changed.map(({ name }) => name);
  for (const name of names) round.triedProfiles.add(name);
  await mustDropAllOf(db, routerId, names, round.now());
  const steps = stepsOf(changed);
  await applySteps(round.connection, steps, round.renew);
  return steps.length;
}

function stepsOf(profiles: readonly ProfileChange[]) {
  return profiles.flatMap(({ name, commands }) => commands.map((command) => ({ owner: name, command })));
}

function plansOf(
  settings: Settings,
  intents: readonly Wanted[],
  actual: Actual,
  reading: boolean,
): readonly IntentPlan[] {
  return intents.map((wanted) => planIntent(wanted, actual, settings, reading));
}

/**
 * Those that are too many at once to take off the network without somebody's word. What is held already counts, and stays held,
 * but a few that come after it need not wait for it.
 */
async function heldOf(
  { db, routerId }: Round,
  plans: readonly IntentPlan[],
): Promise<ReadonlySet<IntentPlan>> {
  const risky = dangerous(plans);
  if (risky.length === 0) return new Set();
  const { owned, held } = await countOwned(db, routerId);
  const before = risky.filter(({ wanted }) => wanted.held);
  const fresh = risky.length - before.length;
  if (!isMass(fresh + Math.max(held, before.length), owned)) return new Set();
  return new Set(isMass(fresh, owned) ? risky : before);
}

/** Reads back what was written: those of which the router holds something else than it was told. */
async function notApplied(round: Round, written: readonly IntentPlan[]): Promise<ReadonlySet<string>> {
  if (written.length === 0) return new Set();
  const intents = written.map(({ wanted }) => wanted);
  const actual = await readRouter(round.connection, intents, round.whole && readsAll(intents), round.renew);
  const left = plansOf(settingsOf(intents), intents, actual, true).filter(
    ({ steps, fault }) => steps.length > 0 || fault !== undefined,
  );
  return new Set(left.map(idOf));
}

function outcomeOf(plan: IntentPlan, fault: Fault | undefined, now: string): Outcome {
  const { wanted, entry } = plan;
  const seconds = backoffSeconds(wanted.attempts + 1, 0);
  return {
    subscription_id: wanted.subscription_id,
    version: wanted.version,
    kind: entry?.kind ?? null,
    name: entry?.name ?? null,
    profile: entry?.profile?.name ?? null,
    state: wanted.state === 'absent' ? null : wanted.state,
    fault: fault?.code ?? null,
    detail: fault?.detail ?? null,
    retry_at: fault === undefined ? null : Temporal.Instant.from(now).add({ seconds }).toString(),
  };
}

const idOf = ({ wanted }: IntentPlan) => wanted.subscription_id;
