import type { z } from 'zod';
import type { provisioning } from '#contract';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import type { Command } from '#routeros';
import { findRouter, onThisRouter } from '../routers/index.ts';
import { ownersIn } from './actual.ts';
import { profileMenus } from './entries.ts';
import { countDangers, dangerous, isMass } from './guard.ts';
import { allIntents, countOwned } from './intent-queries.ts';
import { type IntentPlan, planIntent } from './plan.ts';
import { planProfiles } from './plan-profiles.ts';
import { presentFault } from './present.ts';
import { readRouter } from './read-router.ts';
import { settingsOf } from './wanted.ts';

type Diff = z.input<typeof provisioning.showRouterDiff.response>;

const mostShown = 200;

/** What a full comparison would do now; nothing is written. @throws {AppError} not_found, router_trouble */
export async function showDiff(kit: Kit, routerId: string): Promise<Diff> {
  const router = await findRouter(kit.db, routerId);
  if (!router) throw new AppError('not_found');
  const intents = await allIntents(kit.db, routerId);
  const settings = settingsOf(intents);
  const actual = await onThisRouter(kit, router, (on) => readRouter(on, intents, true));
  const plans = intents.map((wanted) => planIntent(wanted, actual, settings, false));
  const changes = plans.filter(({ steps, fault }) => steps.length > 0 || fault !== undefined);
  const risky = dangerous(changes);
  const known = new Set(intents.map(({ subscription_id: id }) => id));
  return {
    profiles: planProfiles(plans, actual, settings).map(({ kind, name, commands }) => ({
      menu: profileMenus[kind],
      name,
      attributes: shown(commands[0]),
    })),
    changes: changes.slice(0, mostShown).map(presentChange),
    total: changes.length,
    ...countDangers(changes),
    would_hold: isMass(risky.length, (await countOwned(kit.db, routerId)).owned),
    orphans: [...ownersIn(actual)].filter((id) => !known.has(id)).length,
  };
}

function presentChange({ wanted, steps, danger, fault }: IntentPlan): Diff['changes'][number] {
  return {
    subscription_id: wanted.subscription_id,
    username: wanted.username ?? wanted.applied_name,
    danger: danger ?? null,
    fault: fault === undefined ? null : presentFault(fault.code, fault.detail),
    commands: steps.map(({ command }) => ({ path: command.path, attributes: shown(command) })),
  };
}

function shown(command: Command | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(command?.attributes ?? {}).flatMap(([name, value]) =>
      value === undefined || name === 'password' ? [] : [[name, value]],
    ),
  );
}
