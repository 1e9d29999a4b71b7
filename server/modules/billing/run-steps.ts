import type { RunStepName } from '#contract';
import type { Db, Tx } from '#kit/db.ts';
import { lockRenewals } from './joint-lock-queries.ts';
import { renewJointly } from './joint-queries.ts';
import { chargeLateFees } from './late-fee-queries.ts';
import type { Counts } from './run-progress.ts';
import {
  cancelEnded,
  changePackages,
  endPauses,
  expireEnded,
  markOverdue,
  payFromBalances,
  type RunContext,
  renewOnePeriod,
  suspendOverdue,
} from './run-queries.ts';

export interface Step {
  readonly name: RunStepName;
  /** Does it, and returns how many invoices or subscriptions it touched. */
  readonly take: (tx: Tx, run: RunContext) => Promise<Partial<Counts>>;
  /** Whether it is taken again, each time in its own transaction, until it touches nothing. */
  readonly untilNone?: boolean;
}

/** The order of decisions.md. Balances pay before anybody is suspended, and again for what was just invoiced. */
const order: readonly Step[] = [
  step('from_balance', payFromBalances),
  step('overdue', markOverdue),
  step('late_fees', chargeLateFees),
  step('resumed', endPauses),
  step('suspended', suspendOverdue),
  { name: 'renewed', take: renew, untilNone: true },
  step('from_balance', payFromBalances),
  step('cancelled', cancelEnded),
  step('expired', expireEnded),
];

function step(name: RunStepName, take: (tx: Tx, run: RunContext) => Promise<number>): Step {
  return { name, take: async (tx, run) => ({ [name]: await take(tx, run) }) };
}

/** Packages change before each period: a postpaid one only when what it used is invoiced. */
async function renew(db: Db, run: RunContext): Promise<Partial<Counts>> {
  const apart = await lockRenewals(db, run);
  const changed = await changePackages(db, run);
  const jointly = apart ? await renewJointly(db, run) : 0;
  return { package_changed: changed, renewed: jointly + (await renewOnePeriod(db, run, apart)) };
}

/** The steps of these names, in the run's order whatever theirs is. */
export function stepsNamed(names: readonly RunStepName[]): readonly Step[] {
  return order.filter(({ name }) => names.includes(name));
}
