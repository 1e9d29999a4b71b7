import { inTransactionIf, type Tx } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { refusingClosedBooks } from '../ledger/index.ts';
import { lockForRehearsal } from './rehearsal-queries.ts';
import { afterStep, atStart, type Counts, totalOf } from './run-progress.ts';
import { lockRuns, type RunContext } from './run-queries.ts';
import { type PreviewItems, previewItems } from './run-row-queries.ts';
import type { Step } from './run-steps.ts';

export interface Preview extends PreviewItems {
  readonly counts: Counts;
}

/** How many items a preview shows. */
const shown = 500;

/** What billing's log calls the acts of a run, in the order of its steps. */
const actions = [
  'paid',
  'part_paid',
  'late_fee',
  'activated',
  'suspended',
  'package_changed',
  'renewed',
  'cancelled',
  'expired',
];

const again = Symbol('again');

/** Takes the same steps in one transaction that is always undone, and tells what they did. @throws {AppError} books_closed */
export async function rehearse(kit: Kit, run: RunContext, steps: readonly Step[]): Promise<Preview> {
  // Invoices keep being opened: it does not wait for ever until none is.
  for (let turn = 0; ; turn += 1) {
    const result = await refusingClosedBooks(() =>
      inTransactionIf<Preview | typeof again>(
        kit.db,
        () => false,
        async (tx) => {
          await lockRuns(tx);
          return (await lockForRehearsal(tx, run)) || turn === 9 ? takeAll(tx, run, steps) : again;
        },
      ),
    );
    if (result !== again) return result;
  }
}

async function takeAll(tx: Tx, run: RunContext, steps: readonly Step[]): Promise<Preview> {
  let progress = atStart;
  for (const step of steps) {
    const place = { step: step.name, comesAgain: false, isLast: false };
    for (let over = false; !over; ) {
      const touched = await step.take(tx, run);
      over = totalOf(touched) === 0 || !step.untilNone;
      progress = afterStep(progress, place, touched, over);
    }
  }
  return { counts: progress.counts, ...(await previewItems(tx, run, actions, shown)) };
}
