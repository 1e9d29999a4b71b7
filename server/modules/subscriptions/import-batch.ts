import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import type { PackageRow } from '../catalog/index.ts';
import { insertCustomers, type NewCustomer } from '../customers/index.ts';
import { addSubscriptions, newSubscription } from './create-subscription.ts';
import type { SubscriptionHooks } from './hooks.ts';
import type { ImportFault, ImportValues } from './import-columns.ts';
import { type CustomerKey, customersByKeys, ownersOfUsernames, suspendAdded } from './import-queries.ts';
import { type NewSubscription, runHookStatements } from './queries.ts';

/** What an import remembers from batch to batch. */
export interface ImportState {
  readonly kit: Kit;
  readonly tx: Tx;
  readonly hooks: SubscriptionHooks;
  readonly author: Author;
  readonly today: string;
  readonly packages: ReadonlyMap<string, PackageRow>;
  /** The line of each username of the file. */
  readonly usernames: Map<string, number>;
  /** The customer of each name with phone, and name with e-mail. */
  readonly customerIds: Map<string, string>;
  readonly counts: { lines: number; customers: number; subscriptions: number; alreadyThere: number };
  /** Whether a line was faulty: then lines are only checked. */
  faulty: boolean;
}

export interface ImportLine {
  readonly line: number;
  readonly values: ImportValues;
}

/** Adds the customers and subscriptions of a batch, a statement for each kind of row; returns the faults it found. */
export async function addBatch(state: ImportState, batch: readonly ImportLine[]): Promise<readonly ImportFault[]> {
  const faults: ImportFault[] = [];
  const unique = withoutRepeats(state, batch, faults);
  const fresh = await withoutKnown(state, unique, faults);
  const at = instantText(state.kit.clock.now());
  const subscribed: { readonly line: ImportLine; readonly row: Omit<NewSubscription, 'customer_id'> }[] = [];
  for (const line of fresh) {
    const row = subscriptionOf(state, line, faults);
    if (row !== undefined) subscribed.push({ line, row });
  }
  if (state.faulty || faults.length > 0) return faults;
  const { customers, idOf } = await customersOf(state, subscribed.map(({ line }) => line), at);
  const rows = subscribed.map(({ line, row }) => ({ ...row, ...placed(line, idOf(line)) }));
  if (customers.length > 0) await insertCustomers(state.tx, customers.map((customer) => customer.row));
  if (rows.length > 0) await addSubscriptions(state.kit, state.tx, state.hooks, state.author, rows);
  await suspend(state, subscribed.flatMap(({ line, row }) => (line.values.status === 'suspended' ? row.id : [])), at);
  state.counts.customers += customers.length;
  state.counts.subscriptions += rows.length;
  return faults;

  function placed(line: ImportLine, customerId: string) {
    const address = line.values.address ?? null;
    const own = customers.find === undefined ? null : address;
    return { customer_id: customerId, comment: line.values.comment ?? own };
  }
}
