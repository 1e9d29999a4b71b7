import type { DatabaseSync } from 'node:sqlite';
import { ofTheMachine } from '../machine-faults.ts';
import { inTransaction } from '../state/open-state.ts';
import { closeJournal, noteBegun, noteCommitted, noteUndoing, noteUndone, readJournal } from './journal.ts';

/** Part of a transaction over an installation. */
export interface Step {
  readonly name: string;
  /** Changes something. It may be killed anywhere, and is not run again after that. */
  readonly run?: (signal: AbortSignal) => Promise<void>;
  /**
   * Makes it as it was, however far `run` came, and however far an undoing came that was killed. Not called for a step that
   * never began.
   */
  readonly undo?: () => Promise<void>;
  /** What is left to do once there is no way back: also when it was done before, in part or whole. */
  readonly finish?: () => Promise<void>;
  /** The installation is whole without its undoing and finishing: where they fail again and again, that is told and the rest goes on. */
  readonly isDispensable?: boolean;
}

/** What is told of a transaction, and written in the same SQLite transaction as its journal. */
export interface Telling {
  begun(step: string): void;
  done(step: string): void;
  undone(step: string): void;
  committed(): void;
  undoing(reason: string): void;
  /** Something failed on a way that has no other one. */
  troubled(step: string, reason: string): void;
  ended(outcome: Outcome): void;
}

export type Outcome = { readonly is: 'done' } | { readonly is: 'undone'; readonly reason: string };

/**
 * Runs the steps of the open journal to their end: all of them, or none of them. Where it was left by a process that died, it is undone
 * if it had not been committed, and finished if it had. When this returns the journal is closed; when it throws, what could not
 * be undone or finished is left to the next call, and nothing else is begun before that.
 */
export async function runTransaction(
  db: DatabaseSync,
  steps: readonly Step[],
  telling: Telling,
  signal: AbortSignal,
): Promise<Outcome> {
  const entry = readJournal(db);
  if (entry === undefined) throw new Error('There is no journal to run.');
  if (entry.phase === 'forward') await forward(db, steps, telling, signal, entry.begun.length > 0);
  const { phase, begun, reason } = readJournal(db) ?? entry;
  if (phase === 'committed') {
    for (const step of steps) await insist(step, step.finish, telling);
    return end(db, telling, { is: 'done' });
  }
  for (const name of begun.toReversed()) {
    const step = steps.find((each) => each.name === name);
    if (step !== undefined) await insist(step, step.undo, telling);
    inTransaction(db, () => {
      noteUndone(db, name);
      telling.undone(name);
    });
  }
  return end(db, telling, { is: 'undone', reason: reason ?? '' });
}

async function forward(
  db: DatabaseSync,
  steps: readonly Step[],
  telling: Telling,
  signal: AbortSignal,
  isResumed: boolean,
): Promise<void> {
  try {
    if (isResumed) throw new Error(stopped);
    for (const step of steps) {
      signal.throwIfAborted();
      inTransaction(db, () => {
        noteBegun(db, step.name);
        telling.begun(step.name);
      });
      await step.run?.(signal);
      telling.done(step.name);
    }
    signal.throwIfAborted();
    inTransaction(db, () => {
      noteCommitted(db);
      telling.committed();
    });
  } catch (error) {
    // What was waiting when it was told to stop may name that in words of its own.
    const reason = messageOf(signal.aborted ? signal.reason : error);
    inTransaction(db, () => {
      noteUndoing(db, reason);
      telling.undoing(reason);
    });
  }
}

const attempts = 3;

/** There is no other way than this one: it is tried again before it is given up. */
async function insist(step: Step, work: (() => Promise<void>) | undefined, telling: Telling): Promise<void> {
  for (let left = attempts - 1; ; left -= 1)
    try {
      await work?.();
      return;
    } catch (error) {
      if (left > 0) continue;
      telling.troubled(step.name, messageOf(error));
      if (step.isDispensable !== true) throw error;
      return;
    }
}

function end(db: DatabaseSync, telling: Telling, outcome: Outcome): Outcome {
  inTransaction(db, () => {
    closeJournal(db);
    telling.ended(outcome);
  });
  return outcome;
}

function messageOf(error: unknown): string {
  const told = ofTheMachine(error) ?? error;
  return told instanceof Error ? told.message : String(told);
}

export const stopped = 'The agent was stopped in the middle of it.';
