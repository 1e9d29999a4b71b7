import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import {
  activePackage,
  type SubscriptionInput,
  usernameTaken,
  withoutRelations,
} from './create-subscription.ts';
import type { ChangeKind, SubscriptionHooks } from './hooks.ts';
import { newRouterPassword } from './password.ts';
import {
  alignSecret,
  cancelRows,
  findSecret,
  findSubscription,
  lockOpenOfCustomers,
  lockSubscription,
  runHookStatements,
  type SecretRow,
  type SubscriptionWithRelations,
  updateSubscriptionRow,
} from './queries.ts';
import { serviceOf } from './rules.ts';

type Changes = Omit<SubscriptionInput, 'customer_id' | 'package_id' | 'start_date' | 'end_date'> & {
  readonly package_id?: string | undefined;
};

/** Changes a subscription; another package counts from the next period. @throws {AppError} not_found, subscription_state */
export async function updateSubscription(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  { mikrotik_password: password, ...changes }: Changes,
): Promise<SubscriptionWithRelations> {
  try {
    return await changeOne(kit, hooks, author, id, 'updated', 'Changed', async (tx, before, at) => {
      if (before.status === 'cancelled') throw new AppError('subscription_state');
      const pack = changes.package_id === undefined ? undefined : await activePackage(tx, changes.package_id);
      const service = serviceOf(pack?.type ?? before.package.type);
      requireUsername(service, changes.mikrotik_username ?? before.mikrotik_username);
      const next = pack === undefined ? {} : { next_package_id: null };
      await updateSubscriptionRow(tx, id, { ...changes, ...next, updated_at: at });
      await alignSecret(tx, id, {
        password,
        newPassword: newRouterPassword(),
        service: service ?? 'any',
        at,
      });
      return 'changed';
    });
  } catch (error) {
    throw usernameTaken(error) ?? error;
  }
}

/** @throws {AppError} validation_failed where a package has a service on the router and the subscription no username */
export function requireUsername(service: string | undefined, username: string | null): void {
  if (service === undefined || username !== null) return;
  throw fieldError('mikrotik_username', {
    en: 'This package needs a username for the router.',
    id: 'Paket ini perlu username untuk router.',
  });
}

/** Cancels at once; a second time changes nothing. @throws {AppError} not_found */
export async function cancelSubscription(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
): Promise<void> {
  await changeOne(kit, hooks, author, id, 'cancelled', 'Cancelled', async (tx, before, at) => {
    if (before.status === 'cancelled') return 'unchanged';
    await hooks.beforeCancelled(tx, id, author);
    await cancelRows(tx, [id], at);
    return 'changed';
  });
}

/** Cancels every open subscription of customers who are about to be deleted. */
export async function cancelAllOf(
  kit: Kit,
  tx: Tx,
  hooks: SubscriptionHooks,
  customerIds: readonly string[],
  author: Author,
): Promise<void> {
  const ids = await lockOpenOfCustomers(tx, customerIds);
  if (ids.length === 0) return;
  const at = instantText(kit.clock.now());
  await cancelRows(tx, ids, at);
  await runHookStatements(tx, ids, (touched) =>
    hooks.onChanged({
      kind: 'deleted',
      touched,
      message: `Deleted with the customer by ${author.name}`,
      runId: null,
      author,
      at,
    }),
  );
}

/** Shows the router account with its password, and records who looked. @throws {AppError} not_found */
export async function showSecret(kit: Kit, author: Author, id: string): Promise<SecretRow> {
  return inTransaction(kit.db, async (tx) => {
    const secret = await findSecret(tx, id);
    if (!secret) throw new AppError('not_found');
    await recordChanges(tx, kit.clock, author, [
      { action: 'subscription.secret_shown', subjectType: 'subscription', subjectId: id },
    ]);
    return secret;
  });
}

/**
 * Locks a subscription, lets `change` change it, and records that: audit, and the hooks of other modules. Where
 * `change` answers 'unchanged', nothing is recorded.
 */
export async function changeOne(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  kind: ChangeKind,
  verb: string,
  change: (tx: Tx, before: SubscriptionWithRelations, at: string) => Promise<'changed' | 'unchanged'>,
): Promise<SubscriptionWithRelations> {
  return inTransaction(kit.db, (tx) => changeOneIn(tx, kit, hooks, author, id, kind, verb, change));
}

/** {@link changeOne} in the caller's transaction, who holds what is to be locked before. */
export async function changeOneIn(
  tx: Tx,
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  kind: ChangeKind,
  verb: string,
  change: (tx: Tx, before: SubscriptionWithRelations, at: string) => Promise<'changed' | 'unchanged'>,
): Promise<SubscriptionWithRelations> {
  const locked = await lockSubscription(tx, id);
  const before = locked && (await findSubscription(tx, id));
  if (!before) throw new AppError('not_found');
  const at = instantText(kit.clock.now());
  if ((await change(tx, before, at)) === 'unchanged') return before;
  await runHookStatements(tx, [id], (touched) =>
    hooks.onChanged({ kind, touched, message: `${verb} by ${author.name}`, runId: null, author, at }),
  );
  const after = await findSubscription(tx, id);
  if (!after) throw new AppError('not_found');
  await recordChanges(tx, kit.clock, author, [
    {
      action: `subscription.${kind}`,
      subjectType: 'subscription',
      subjectId: id,
      before: withoutRelations(before),
      after: withoutRelations(after),
    },
  ]);
  return after;
}
