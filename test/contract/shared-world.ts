import type { NamedEndpoint } from '#contract';
import type { TestApp } from '../support/test-app.ts';
import { examplesOf } from './examples.ts';
import type { Example } from './prepare.ts';
import { newWorld } from './world.ts';

/** What changes nothing needs no world of its own. */
export const onlyReads = ({ spec }: NamedEndpoint): boolean => spec.method === 'GET';

/**
 * Gives the examples of endpoints: those that `shares` names in one world, since to make one takes longer than most tests of an
 * endpoint, and every other in one of its own.
 */
export async function sharingWorlds(
  nadi: TestApp,
  shares: (endpoint: NamedEndpoint) => boolean = onlyReads,
): Promise<(endpoint: NamedEndpoint) => Promise<readonly Example[]>> {
  const shared = await newWorld(nadi);
  const alone = async (endpoint: NamedEndpoint) => examplesOf(endpoint, await newWorld(nadi), nadi);
  return async (endpoint) => {
    if (!shares(endpoint)) return alone(endpoint);
    // Another's example may have paid the invoice that this one's has to find unpaid.
    return examplesOf(endpoint, shared, nadi).catch(() => alone(endpoint));
  };
}
