import { type RunStepName, runStepNames } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import { type Author, systemAuthor } from '#kit/http/call.ts';
import { newId, newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { readClosing, refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { findSubscription } from '../subscriptions/index.ts';
import type { BillingHooks } from './hooks.ts';
import { type Preview, rehearse } from './preview-run.ts';
import {
  afterFailure,
  afterStep,
  atStart,
  type Counts,
  isNoteworthy,
  type Progress,
  totalOf,
} from './run-progress.ts';
import { lockRuns, type RunContext } from './run-queries.ts';
import { markInterrupted, type RunOrder, unfinishedRuns, writeRun } from './run-row-queries.ts';
import { type Step, stepsNamed } from './run-steps.ts';

export interface RunResult extends Counts {
  readonly run_id: string | null;
  readonly date: string;
  readonly dry_run: boolean;
  readonly subscription_id: string | null;
  /** A step that failed does not stop those behind it. */
  readonly state: 'done' | 'failed';
  readonly failed_step: RunStepName | null;
  readonly error: string | null;
}

export interface RunOptions {
  /** Bill to this local date instead of today. */
  readonly date?: string | undefined;
  /** Bill this subscription alone. */
  readonly subscriptionId?: string | undefined;
  /** Take these steps alone. */
  readonly steps?: readonly RunStepName[] | undefined;
  /** The run whose unfinished steps these are. */
  readonly retryOf?: string | undefined;
  /** Do everything, tell what it was, and undo it. */
  readonly dryRun?: boolean | undefined;
  /** Who started it; by itself it is `billing.run`. */
  readonly author?: Author;
  /** Told after each step what it touched. */
  readonly onStep?: (step: RunStepName, count: number) => void;
}

/** What the run has done by other modules. */
export type RunHooks = Pick<BillingHooks, 'onSubscriptionsChanged' | 'payFromBalances' | 'holdBalances'>;

/** How far ahead one may look: each day more is one more period of everybody at most. */
const previewDays = 31;

/**
/**
 * Bills to a date: pays from balances, marks overdue, charges late fees, ends pauses, suspends, renews, cancels and expires
 * (spec 3 §9, in decisions.md's order). Each step is set-based and in a transaction of its own, so a run may be killed
 * anywhere, run twice or on two nodes, and ends the same; days without a run are caught up by the next.
 * @throws {AppError} validation_failed, books_closed (of a date that was given)
 */
export async function runBilling(kit: Kit, hooks: RunHooks, options: RunOptions = {}): Promise<RunResult> {
  const run = await prepare(kit, hooks, options, options.dryRun === true ? previewDays : 0);
  const { steps = runStepNames } = options;
  const order: RunOrder = {
    steps: runStepNames.filter((name) => steps.includes(name)),
    retryOf: options.retryOf ?? null,
  };
  const common = { date: run.today, subscription_id: run.subscriptionId ?? null };
  if (options.dryRun) {
    const { counts } = await rehearse(kit, run, stepsNamed(order.steps));
    return {
      run_id: null,
      dry_run: true,
      ...common,
      state: 'done',
      failed_step: null,
      error: null,
      ...counts,
    };
  }
  const progress = await perform(kit, run, order, options.onStep);
  const { failure, counts } = progress;
  return {
    run_id: isNoteworthy(progress) ? run.runId : null,
    dry_run: false,
    ...common,
    state: failure === null ? 'done' : 'failed',
    failed_step: failure?.step ?? null,
    error: failure?.error ?? null,
    ...counts,
  };
}

/**
 * What {@link runBilling} would do, with its first items; nothing is changed.
 * @throws {AppError} validation_failed, books_closed
 */
export async function previewBilling(
  kit: Kit,
  hooks: RunHooks,
  options: Pick<RunOptions, 'date' | 'subscriptionId' | 'author'>,
): Promise<Preview & { readonly date: string; readonly subscription_id: string | null }> {
  const run = await prepare(kit, hooks, options, previewDays);
  const preview = await rehearse(kit, run, stepsNamed(runStepNames));
  return { date: run.today, subscription_id: run.subscriptionId ?? null, ...preview };
}

async function prepare(
  kit: Kit,
  hooks: RunHooks,
  options: RunOptions,
  daysAhead: number,
): Promise<RunContext> {
  const organisation = await readOrganisation(kit.db);
  const today = options.date ?? (await organisationToday(kit));
  if (options.date !== undefined) await checkDate(kit, options.date, daysAhead);
  const { subscriptionId } = options;
  if (subscriptionId !== undefined && !(await findSubscription(kit.db, subscriptionId))) {
    throw fieldError('subscription_id', {
      en: 'There is no such subscription.',
      id: 'Langganan ini tidak ada.',
    });
  }
  return {
    runId: newId(kit.clock),
    today,
    at: instantText(kit.clock.now()),
    subscriptionId,
    lateFees: {
      kind: organisation.late_fee_kind,
      amount: organisation.late_fee_amount,
      percent: organisation.late_fee_percent,
      cap: organisation.late_fee_cap,
      afterDays: organisation.late_fee_after_days,
      since: organisation.late_fee_since,
    },
    graceDays: organisation.grace_days,
    dueDays: organisation.due_days,
    horizon: Temporal.PlainDate.from(today).add({ days: organisation.invoice_lead_days }).toString(),
    newIdPrefix: () => newIdPrefix(kit.clock),
    onSubscriptionsChanged: hooks.onSubscriptionsChanged,
    payFromBalances: hooks.payFromBalances,
    holdBalances: hooks.holdBalances,
    author: options.author ?? systemAuthor('billing.run'),
  };
}

async function checkDate(kit: Kit, date: string, daysAhead: number): Promise<void> {
  const latest = Temporal.PlainDate.from(await organisationToday(kit))
    .add({ days: daysAhead })
    .toString();
  if (date > latest) {
    throw fieldError('date', {
      en: `The date can be ${latest} at the latest.`,
      id: `Tanggal paling lambat ${latest}.`,
    });
  }
  const { closed_until: closed } = await readClosing(kit.db);
  if (closed !== null && date <= closed) throw new AppError('books_closed');
}

async function perform(
  kit: Kit,
  run: RunContext,
  order: RunOrder,
  onStep?: RunOptions['onStep'],
): Promise<Progress> {
  const steps = stepsNamed(order.steps);
  const others = await unfinishedRuns(kit.db);
  const note = (db: Kit['db'], progress: Progress) =>
    isNoteworthy(progress)
      ? writeRun(db, run, order, progress, instantText(kit.clock.now()))
      : Promise.resolve();
  let progress = atStart;
  for (const [index, step] of steps.entries()) {
    const place = {
      step: step.name,
      comesAgain: steps.slice(index + 1).some(({ name }) => name === step.name),
      isLast: index === steps.length - 1,
    };
    for (let over = false; !over; ) {
      const before = progress;
      const taken = await takeOnce(kit, run, step, async (tx, touched) => {
        over = totalOf(touched) === 0 || !step.untilNone;
        const after = afterStep(before, place, touched, over);
        // With the step itself: whoever reads the row later knows just what was done.
        await note(tx, after);
        return after;
      });
      if ('error' in taken) {
        progress = afterFailure(before, place, taken.error);
        over = true;
        await note(kit.db, progress);
      } else {
        progress = taken.progress;
        onStep?.(step.name, taken.count);
      }
    }
  }
  await markInterrupted(kit.db, others);
  return progress;
}

type Taken = { readonly progress: Progress; readonly count: number } | { readonly error: string };

/** Takes a step in a transaction of its own. One that fails is logged, and told in a sentence that is safe for people. */
async function takeOnce(
  kit: Kit,
  run: RunContext,
  step: Step,
  done: (tx: Tx, touched: Partial<Counts>) => Promise<Progress>,
): Promise<Taken> {
  try {
    return await refusingClosedBooks(() =>
      inTransaction(kit.db, async (tx) => {
        await lockRuns(tx);
        const touched = await step.take(tx, run);
        return { progress: await done(tx, touched), count: totalOf(touched) };
      }),
    );
  } catch (error) {
    kit.log.error({ err: error, run: run.runId, step: step.name }, 'a step of the billing run failed');
    return {
      error:
        error instanceof AppError
          ? error.message
          : 'Something unexpected went wrong in this step. The log tells what; repeat the run.',
    };
  }
}
