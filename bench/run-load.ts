import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadFigures, LoadPlan } from './load-plan.ts';

/** Runs a plan in a process of its own; returns its figures by kind. */
export async function runLoad(plan: LoadPlan): Promise<ReadonlyMap<string, LoadFigures>> {
  const child = fork(join(import.meta.dirname, 'load-generator.ts'));
  child.send(plan);
  const [answer] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])]);
  if (!Array.isArray(answer)) throw new Error('The load generator ended without figures.');
  // What load-generator.ts sends.
  const figures = answer as LoadFigures[];
  return new Map(figures.map((item) => [item.kind, item]));
}
