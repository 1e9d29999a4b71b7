import { type Command, type Commander, InvalidInput, RouterError, runAll } from '#routeros';
import type { Fault } from './wanted.ts';

/** A command, and whose it is. */
export interface Owned {
  readonly owner: string;
  readonly command: Command;
}

/** So many answers, and the lease is renewed. */
const renewEvery = 500;

/**
 * Sends all commands, many at a time, and gives what was refused, by owner. @throws {RouterosError} when the router went away:
 * nobody knows then what was done, and it is read again
 */
export async function applySteps(
  on: Commander,
  steps: readonly Owned[],
  renew: () => Promise<void>,
): Promise<ReadonlyMap<string, Fault>> {
  const faults = new Map<string, Fault>();
  let lost: Error | undefined;
  let index = 0;
  for await (const outcome of runAll(
    on,
    steps.map(({ command }) => command),
  )) {
    const owner = steps[index]?.owner ?? '';
    index += 1;
    if (index % renewEvery === 0) await renew();
    if (outcome.ok) continue;
    const { error } = outcome;
    if (error instanceof RouterError || error instanceof InvalidInput) {
      // What is gone already need not be removed; what is not there is found when it is read back.
      if (error instanceof RouterError && error.reason === 'no-such-item') continue;
      const code =
        error instanceof RouterError && error.reason === 'already-exists' ? 'name_taken' : 'refused';
      faults.set(owner, { code, detail: error.detail });
    } else lost ??= error;
  }
  if (lost !== undefined) throw lost;
  return faults;
}
