import type { NamedEndpoint } from '#contract';
import type { TestApp } from '../support/test-app.ts';
import { examplesOf } from './examples.ts';
import type { Example } from './prepare.ts';
import { newWorld, type World } from './world.ts';

/** What changes nothing needs no world of its own. */
export const onlyReads = ({ spec }: NamedEndpoint): boolean => spec.method === 'GET';

interface Prepared {
  readonly world: World;
  readonly examples: readonly Example[];
  readonly first: Example;
}

/**
 * Gives the examples of endpoints: those that `shares` names in one world, since to make one takes longer than most tests of an
 * endpoint, and every other in one of its own.
 */
export async function sharingWorlds(
  nadi: TestApp,
  shares: (endpoint: NamedEndpoint) => boolean = onlyReads,
): Promise<(endpoint: NamedEndpoint) => Promise<Prepared>> {
  const shared = await newWorld(nadi);
  const within = async (endpoint: NamedEndpoint, world: World): Promise<Prepared> => {
    const [first, ...others] = await examplesOf(endpoint, world, nadi);
    if (first === undefined) throw new Error(`${endpoint.name} has no example.`);
    return { world, first, examples: [first, ...others] };
  };
  return async (endpoint) => {
    // Another's example may have paid the invoice that this one's has to find unpaid.
    const found = shares(endpoint) ? await within(endpoint, shared).catch(() => undefined) : undefined;
    return found ?? within(endpoint, await newWorld(nadi));
  };
}
