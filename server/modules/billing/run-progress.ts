import { type RunCountName, type RunStepName, runCountNames } from '#contract';

export type Counts = Readonly<Record<RunCountName, number>>;

/** How far a run has come. */
export interface Progress {
  readonly counts: Counts;
  readonly finished: readonly RunStepName[];
  readonly failed: readonly RunStepName[];
  /** The first failure: its step, and a sentence for people. */
  readonly failure: { readonly step: RunStepName; readonly error: string } | null;
  readonly state: 'running' | 'done' | 'failed';
}

/** The counts as a row or an answer holds them; what is missing is none. */
export function countsOf(counts: Partial<Counts>): Counts {
  return Object.fromEntries(runCountNames.map((name) => [name, counts[name] ?? 0])) as Counts; // Every name is there.
}

export const atStart: Progress = {
  counts: countsOf({}),
  finished: [],
  failed: [],
  failure: null,
  state: 'running',
};

/** Whether a run has anything to tell: those that touch nothing leave no row. */
export function isNoteworthy({ counts, failure }: Progress): boolean {
  return failure !== null || totalOf(counts) > 0;
}

interface Place {
  readonly step: RunStepName;
  /** Whether a step of this name comes again. */
  readonly comesAgain: boolean;
  readonly isLast: boolean;
}

/** All that was touched. */
export function totalOf(touched: Partial<Counts>): number {
  return Object.values(touched).reduce((sum, count) => sum + count, 0);
}

/** After a step touched something; it is `over` unless it is to be taken once more. */
export function afterStep(before: Progress, place: Place, touched: Partial<Counts>, over: boolean): Progress {
  const { step, comesAgain, isLast } = place;
  const isFinished = over && !comesAgain && !before.failed.includes(step);
  return {
    ...before,
    counts: countsOf(
      Object.fromEntries(runCountNames.map((name) => [name, before.counts[name] + (touched[name] ?? 0)])),
    ),
    finished: isFinished ? [...before.finished, step] : before.finished,
    state: over && isLast ? endState(before) : 'running',
  };
}

/** After a step failed; the steps behind it are taken all the same. */
export function afterFailure(before: Progress, place: Place, error: string): Progress {
  const { step, isLast } = place;
  const failed = {
    ...before,
    failed: [...before.failed, step],
    failure: before.failure ?? { step, error },
  };
  return { ...failed, state: isLast ? endState(failed) : 'running' };
}

function endState({ failure }: Progress): 'done' | 'failed' {
  return failure === null ? 'done' : 'failed';
}
