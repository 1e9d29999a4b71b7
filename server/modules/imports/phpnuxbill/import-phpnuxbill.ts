import { instantText } from '#kit/clock.ts';
import { inTransactionIf } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../../audit/index.ts';
import { readClosing, refusingClosedBooks } from '../../ledger/index.ts';
import { organisationToday, readOrganisation } from '../../organisation/index.ts';
import { lockImports, type SubscriptionHooks } from '../../subscriptions/index.ts';
import { otherSources } from '../source-queries.ts';
import { bringBalances } from './bring-balances.ts';
import { bringCustomers } from './bring-customers.ts';
import { bringPackages } from './bring-packages.ts';
import { bringSubscriptions } from './bring-subscriptions.ts';
import { bringTransactions } from './bring-transactions.ts';
import type { DatabaseAddress } from './connect.ts';
import { openSource, type Source } from './read-source.ts';
import { type Remark, Report, type RowFault } from './report.ts';
import type { Counts, ImportContext } from './state.ts';

export interface PhpnuxbillImported extends Readonly<Counts> {
  /** The first hundred. Where there is one, nothing was imported. */
  readonly faults: readonly RowFault[];
  readonly faultCount: number;
  readonly remarks: readonly Remark[];
  /** Names under which PHPNuxBill was imported before, where it is new under this one. */
  readonly knownAs: readonly string[];
}

export interface PhpnuxbillOptions {
  /** Do everything, tell what it was, and undo it. */
  readonly dryRun?: boolean;
  /** By what the database is remembered; its own name and machine unless said otherwise. */
  readonly name?: string | undefined;
  readonly renameUsers?: boolean;
  readonly transactionsFrom?: string | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Brings a provider from a PHPNuxBill database: packages, customers, subscriptions with their router accounts, transactions as
 * paid invoices, and balances; in one transaction, all of it or nothing. Rows brought before are passed over, so it may be run
 * again until the old system is switched off.
 * @throws {UserError} when the database cannot be read
 */
export async function importPhpnuxbill(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  address: DatabaseAddress,
  options: PhpnuxbillOptions = {},
): Promise<PhpnuxbillImported> {
  await using source = await openSource(address);
  const progress = await progressOf(source, options);
  const keep = ({ faultCount }: PhpnuxbillImported) => faultCount === 0 && !options.dryRun;
  // Awaited here: the source is closed when this function is left.
  return await refusingClosedBooks(() =>
    inTransactionIf(kit.db, keep, async (tx) => {
      await lockImports(tx);
      const context: ImportContext = {
        kit,
        tx,
        hooks,
        author,
        source,
        sourceName: `phpnuxbill:${options.name ?? nameOf(address)}`,
        timeZone: (await readOrganisation(tx)).timezone,
        today: await organisationToday(kit, tx),
        at: instantText(kit.clock.now()),
        report: new Report(),
        renameUsers: options.renameUsers ?? false,
        transactionsFrom: options.transactionsFrom,
        progress,
        counts: noCounts(),
      };
      const knownAs = await otherSources(tx, context.sourceName, 'phpnuxbill:');
      await bringAll(context);
      const { report, counts } = context;
      const result = {
        ...counts,
        faults: report.faults,
        faultCount: report.faultCount,
        remarks: report.remarks,
        knownAs,
      };
      if (keep(result)) await record(context);
      return result;
    }),
  );
}

async function bringAll(context: ImportContext): Promise<void> {
  const { tx, source } = context;
  const packages = await bringPackages(context);
  const customers = await bringCustomers(context);
  await bringSubscriptions(context, customers, packages);
  const { closed_until: closedUntil } = await readClosing(tx);
  await bringTransactions(context, customers, closedUntil);
  await bringBalances(context, customers);
  for (const row of await source.all('tbl_routers')) {
    const text = {
      en: `router ${row.get('name')}: not brought; add it under /api/routers with an account of its own`,
      id: `router ${row.get('name')}: tidak dibawa; tambahkan di /api/routers dengan akun sendiri`,
    };
    context.report.remark(text, 'tbl_routers', row.id);
  }
  const vouchers = (await source.all('tbl_voucher')).filter((row) => row.get('status') === '0');
  context.report.remarkMany(
    { en: 'vouchers that are not used yet: not brought', id: 'voucher yang belum dipakai: tidak dibawa' },
    vouchers.length,
  );
}

/** `nuxbill@192.0.2.1`: two databases may have one name on two machines, and their ids must not be mixed. */
function nameOf({ database, host, port }: DatabaseAddress): string {
  return `${database}@${host}${port === 3306 ? '' : `:${port}`}`;
}

async function progressOf(source: Source, { onProgress }: PhpnuxbillOptions) {
  const counts = await Promise.all(
    (['tbl_customers', 'tbl_user_recharges', 'tbl_transactions'] as const).map(source.count),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  let done = 0;
  return (rows: number) => {
    done += rows;
    onProgress?.(done, total);
  };
}

function noCounts(): Counts {
  return {
    packages: 0,
    customers: 0,
    active: 0,
    suspended: 0,
    expired: 0,
    invoices: 0,
    payments: 0,
    balances: 0,
    alreadyThere: 0,
  };
}

async function record({ tx, kit, author, sourceName, counts }: ImportContext): Promise<void> {
  const { alreadyThere, ...added } = counts;
  if (Object.values(added).every((count) => count === 0)) return;
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'phpnuxbill.imported',
      subjectType: 'import',
      subjectId: null,
      after: { source: sourceName, ...added, already_there: alreadyThere },
    },
  ]);
}
