import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { addSubscriptions } from './create-subscription.ts';
import type { ChangeKind, SubscriptionHooks } from './hooks.ts';
import { expireAdded, suspendAdded } from './import-queries.ts';
import { newRouterPassword } from './password.ts';
import { runHookStatements } from './queries.ts';
import { anchorDay, serviceOf } from './rules.ts';

/** A subscription as it stood in other billing software. */
export interface PastSubscription {
  readonly id: string;
  readonly customer_id: string;
  readonly package_id: string;
  readonly package_type: string;
  readonly username: string;
  /** One is made where there is none. */
  readonly password: string | undefined;
  readonly start_date: string;
  /** The first unpaid day; not before the start. */
  readonly end_date: string;
  readonly status: 'active' | 'suspended' | 'expired';
  readonly auto_renew: boolean;
  readonly local_address?: string | null;
  readonly remote_address: string | null;
  readonly profile: string | null;
  readonly comment: string | null;
}

/** Adds subscriptions with their router accounts, in the state they had; suspended ones are resumed by hand. */
export async function addPastSubscriptions(
  kit: Kit,
  tx: Tx,
  hooks: SubscriptionHooks,
  author: Author,
  rows: readonly PastSubscription[],
  today: string,
): Promise<void> {
  if (rows.length === 0) return;
  const added = rows.map(({ username, password, package_type: type, status: _, ...row }) => ({
    ...row,
    mikrotik_username: username,
    mikrotik_password: password ?? newRouterPassword(),
    service: serviceOf(type) ?? 'any',
    anchor_day: anchorDay(row.start_date, row.end_date),
    local_address: row.local_address ?? null,
    trial_ends_on: null,
  }));
  await addSubscriptions(kit, tx, hooks, author, added);
  const at = instantText(kit.clock.now());
  const tell = (ids: readonly string[], kind: ChangeKind, message: string) =>
    runHookStatements(tx, ids, (touched) =>
      hooks.onChanged({ kind, touched, message, runId: null, author, at }),
    );
  const those = (status: string) => rows.filter((row) => row.status === status).map((row) => row.id);
  const suspended = those('suspended');
  if (suspended.length > 0) {
    await suspendAdded(tx, suspended, today, at);
    await tell(suspended, 'suspended', 'Suspended: imported as suspended');
  }
  const expired = those('expired');
  if (expired.length > 0) {
    await expireAdded(tx, expired, at);
    await tell(expired, 'expired', 'Expired: imported as expired');
  }
}
