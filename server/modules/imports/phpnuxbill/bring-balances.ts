import { openBalances } from '../../ledger/index.ts';
import { importedBefore, rememberOrigins } from '../source-queries.ts';
import { amountText } from './rules.ts';
import type { ImportContext, KnownCustomers } from './state.ts';

/**
 * Brings the customers' balances, booked today against `opening`: PHPNuxBill keeps what a customer has left,
 * not where that lies, and the money came in before.
 */
export async function bringBalances(context: ImportContext, { byId }: KnownCustomers): Promise<void> {
  const { tx, sourceName, today, at, counts, report } = context;
  const holders = [...byId.values()].filter((customer) => customer.balance > 0n);
  const before = await importedBefore(
    tx,
    sourceName,
    'balance',
    holders.map((customer) => String(customer.sourceId)),
  );
  const added = holders.filter((customer) => !before.has(String(customer.sourceId)));
  counts.alreadyThere += before.size;
  if (added.length === 0 || report.faultCount > 0) return;
  await openBalances(
    tx,
    added.map(({ id, balance }) => ({ customer_id: id, amount: amountText(balance) })),
    today,
    at,
  );
  const origins = added.map(({ id, sourceId }) => ({
    kind: 'balance' as const,
    sourceId: String(sourceId),
    id,
  }));
  await rememberOrigins(tx, sourceName, origins, at);
  counts.balances += added.length;
}
