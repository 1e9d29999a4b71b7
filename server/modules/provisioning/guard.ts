import { createHash } from 'node:crypto';
import type { Danger, IntentPlan } from './plan.ts';

/** More than so many at once is a mass, if it is also more than that share of the router's entries of Nadi. */
const fewest = 20;
const share = 0.25;

/** Whether taking so many customers off a router at once needs somebody's word (architecture, invariant 7). */
export function isMass(count: number, owned: number): boolean {
  return count > fewest && count > owned * share;
}

/** Those that would take access away and that nobody has approved. */
export function dangerous(plans: readonly IntentPlan[]): readonly IntentPlan[] {
  return plans.filter(({ danger, wanted }) => danger !== undefined && !wanted.approved);
}

export function countDangers(plans: readonly IntentPlan[]): Readonly<Record<Danger, number>> {
  const counts = { remove: 0, disable: 0, isolate: 0 };
  for (const { danger } of plans) if (danger !== undefined) counts[danger] += 1;
  return counts;
}

/** Names a set of intents as they are now: if one changes, joins or leaves, it has another. */
export function fingerprintOf(
  intents: readonly { readonly subscription_id: string; readonly version: string }[],
): string {
  const lines = intents.map(({ subscription_id: id, version }) => `${id} ${version}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32);
}
