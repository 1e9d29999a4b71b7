import { instantText } from '#kit/clock.ts';
import { inTransaction, inTransactionIf, type Tx } from '#kit/db.ts';
import { type Author, systemAuthor } from '#kit/http/call.ts';
import { newId, newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import type { BillingHooks } from './hooks.ts';
import {
  cancelEnded,
  changePackages,
  endPauses,
  expireEnded,
  lockRuns,
  markOverdue,
  payFromBalances,
  type RunContext,
  renewOnePeriod,
  suspendOverdue,
} from './run-queries.ts';

export interface RunResult {
  readonly run_id: string | null;
  readonly date: string;
  readonly dry_run: boolean;
  readonly from_balance: number;
  readonly overdue: number;
  readonly resumed: number;
  readonly suspended: number;
  readonly package_changed: number;
  readonly renewed: number;
  readonly cancelled: number;
  readonly expired: number;
}

export interface RunOptions {
  /** Bill to this local date instead of today. */
  readonly date?: string;
  /** Do everything, tell what it was, and undo it. */
  readonly dryRun?: boolean;
  /** Who started it; by itself it is `billing.run`. */
  readonly author?: Author;
  /** Told after each step what it touched. */
  readonly onStep?: (step: string, count: number) => void;
}

/** What the run has done by other modules. */
export type RunHooks = Pick<BillingHooks, 'onSubscriptionsChanged' | 'payFromBalances'>;

type Step = (tx: Tx, run: RunContext) => Promise<number>;

/**
 * Bills to a date: pays from balances, marks overdue, ends pauses, suspends, renews, cancels and expires (spec 3 §9, in
 * decisions.md's order). Each step is one
 * set-based statement in its own transaction, so a run may be killed anywhere, run twice or on two nodes, and ends
 * the same; days without a run are caught up by the next.
 */
export async function runBilling(kit: Kit, hooks: RunHooks, options: RunOptions = {}): Promise<RunResult> {
  const organisation = await readOrganisation(kit.db);
  const today = options.date ?? (await organisationToday(kit));
  const run: RunContext = {
    runId: newId(kit.clock),
    today,
    at: instantText(kit.clock.now()),
    graceDays: organisation.grace_days,
    dueDays: organisation.due_days,
    horizon: Temporal.PlainDate.from(today).add({ days: organisation.invoice_lead_days }).toString(),
    newIdPrefix: () => newIdPrefix(kit.clock),
    ...hooks,
    author: options.author ?? systemAuthor('billing.run'),
  };
  const dryRun = options.dryRun ?? false;
  const counts = await refusingClosedBooks(() =>
    dryRun ? rehearse(kit, run) : perform(kit, run, options.onStep),
  );
  const touched = Object.values(counts).some((count) => count > 0);
  return { run_id: touched && !dryRun ? run.runId : null, date: today, dry_run: dryRun, ...counts };
}

type Counts = Omit<RunResult, 'run_id' | 'date' | 'dry_run'>;

async function perform(kit: Kit, run: RunContext, onStep?: RunOptions['onStep']): Promise<Counts> {
  const inOwnTransaction = async (name: string, step: Step) => {
    const count = await inTransaction(kit.db, async (tx) => {
      await lockRuns(tx);
      return step(tx, run);
    });
    onStep?.(name, count);
    return count;
  };
  return steps(inOwnTransaction);
}

/** The same steps in one transaction that is always undone. */
function rehearse(kit: Kit, run: RunContext): Promise<Counts> {
  return inTransactionIf(
    kit.db,
    () => false,
    async (tx) => {
      await lockRuns(tx);
      return steps((_, step) => step(tx, run));
    },
  );
}

async function steps(take: (name: string, step: Step) => Promise<number>): Promise<Counts> {
  // Before anybody is suspended, and again for what was just invoiced.
  let fromBalance = await take('from_balance', payFromBalances);
  const overdue = await take('overdue', markOverdue);
  const resumed = await take('resumed', endPauses);
  const suspended = await take('suspended', suspendOverdue);
  let changed = 0;
  let renewed = 0;
  for (;;) {
    // Before each period: a postpaid one changes only when what it used is invoiced.
    const packages = await take('package_changed', changePackages);
    const count = await take('renewed', renewOnePeriod);
    if (packages + count === 0) break;
    changed += packages;
    renewed += count;
  }
  fromBalance += await take('from_balance', payFromBalances);
  const cancelled = await take('cancelled', cancelEnded);
  const expired = await take('expired', expireEnded);
  return {
    from_balance: fromBalance,
    overdue,
    resumed,
    suspended,
    package_changed: changed,
    renewed,
    cancelled,
    expired,
  };
}
