import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { type TakenOver, takeOverRows } from './account-queries.ts';
import type { SubscriptionHooks } from './hooks.ts';
import { runHookStatements } from './queries.ts';

export type { TakenOver } from './account-queries.ts';

/** Makes accounts what they are on their router already, so that taking them over there changes nothing. */
export async function takeOverAccounts(
  kit: Kit,
  tx: Tx,
  hooks: SubscriptionHooks,
  author: Author,
  rows: readonly TakenOver[],
): Promise<void> {
  if (rows.length === 0) return;
  const at = instantText(kit.clock.now());
  await takeOverRows(tx, rows, at);
  const ids = rows.map(({ id }) => id);
  const message = `Taken over from the router by ${author.name}`;
  await runHookStatements(tx, ids, (touched) =>
    hooks.onChanged({ kind: 'updated', touched, message, runId: null, author, at }),
  );
}
