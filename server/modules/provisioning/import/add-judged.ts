import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { insertCustomers, type NewCustomer, placeCustomers } from '../../customers/index.ts';
import { type Origin, rememberOrigins } from '../../imports/index.ts';
import {
  addPastSubscriptions,
  type PastSubscription,
  type SubscriptionHooks,
  type TakenOver,
  takeOverAccounts,
} from '../../subscriptions/index.ts';
import { markCustomers } from '../mark-queries.ts';
import { keyOf, sourceOf } from './found.ts';
import { adoptEntries } from './import-queries.ts';
import { type Judged, shortened } from './judge.ts';

interface ImportContext {
  readonly kit: Kit;
  readonly tx: Tx;
  readonly hooks: SubscriptionHooks;
  readonly author: Author;
  readonly routerId: string;
  readonly today: string;
  readonly endDate: string;
}

const chunk = 5000;

/** Adds what is new, lets subscriptions take over what is theirs, and has the router mark both. */
export async function addJudged(context: ImportContext, judged: readonly Judged[]): Promise<void> {
  const concerned = judged.filter(({ verdict }) => verdict === 'new' || verdict === 'matches');
  for (let start = 0; start < concerned.length; start += chunk) {
    await addPart(context, concerned.slice(start, start + chunk));
  }
}

async function addPart(context: ImportContext, part: readonly Judged[]): Promise<void> {
  const { kit, tx, hooks, author, routerId, today } = context;
  const at = instantText(kit.clock.now());
  const customers: NewCustomer[] = [];
  const placed: string[] = [];
  const added: PastSubscription[] = [];
  const takenOver: TakenOver[] = [];
  const origins: Origin[] = [];
  for (const row of part) {
    let customerId = row.owner?.customer_id ?? row.customer?.id;
    if (customerId === undefined) {
      customerId = newId(kit.clock);
      customers.push(customerOf(customerId, row, routerId, at));
    } else placed.push(customerId);
    const id = row.owner?.id ?? newId(kit.clock);
    if (row.owner === undefined) added.push(...subscriptionOf(context, id, customerId, row));
    else takenOver.push(accountOf(id, row));
    origins.push({ kind: 'subscription', sourceId: keyOf(row.entry), id });
  }
  await insertCustomers(tx, customers);
  if (placed.length > 0) {
    await placeCustomers(tx, placed, routerId, at);
    await markCustomers(tx, placed, at);
  }
  await addPastSubscriptions(kit, tx, hooks, author, added, today);
  await takeOverAccounts(kit, tx, hooks, author, takenOver);
  await rememberOrigins(tx, sourceOf(routerId), origins, at);
  await adoptEntries(
    tx,
    routerId,
    origins.map(({ id }) => id),
  );
}

function customerOf(id: string, { customerName, entry }: Judged, routerId: string, at: string): NewCustomer {
  return {
    id,
    name: customerName ?? entry.name,
    email: null,
    phone: null,
    address: null,
    status: 'active',
    router_id: routerId,
    created_at: at,
  };
}

/** One that is switched off comes as expired: off it stays in every mode, and nothing is billed until it is activated. */
function subscriptionOf(
  { today, endDate }: ImportContext,
  id: string,
  customerId: string,
  { entry, pack }: Judged,
): readonly PastSubscription[] {
  if (pack === undefined) return [];
  return [
    {
      id,
      customer_id: customerId,
      package_id: pack.id,
      package_type: pack.type,
      username: entry.name,
      password: entry.password ?? undefined,
      start_date: today,
      end_date: entry.disabled ? today : endDate,
      status: entry.disabled ? 'expired' : 'active',
      auto_renew: true,
      local_address: entry.local,
      remote_address: entry.remote,
      // The router's own, so that nobody's speed changes by being imported.
      profile: entry.kind === 'static' ? null : entry.profile,
      comment: shortened(entry.comment.toWellFormed(), 500) || null,
    },
  ];
}

function accountOf(id: string, { entry }: Judged): TakenOver {
  return {
    id,
    password: entry.password,
    profile: entry.kind === 'static' ? null : entry.profile,
    local_address: entry.local,
    remote_address: entry.remote,
  };
}
