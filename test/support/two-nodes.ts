import type { Nodes } from '../billing/books.ts';
import { goTo } from './provider.ts';
import { testApp } from './test-app.ts';

/** Two nodes on a database of their own. */
export async function twoNodes(): Promise<Nodes & AsyncDisposable> {
  const nadi = await testApp();
  const other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  return Object.assign([nadi, other] as const, {
    [Symbol.asyncDispose]: async () => {
      await other[Symbol.asyncDispose]();
      await nadi[Symbol.asyncDispose]();
    },
  });
}

/** Sets both clocks to ten in the morning in Jakarta of that local date. */
export function toDay(nodes: Nodes, date: string): void {
  for (const node of nodes) goTo(node, date);
}

/** The run on both nodes at once. */
export function runBoth(nodes: Nodes) {
  return Promise.all(nodes.map((node) => node.edition.runBilling()));
}
