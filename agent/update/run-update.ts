import { rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { stepsOfRestore } from '../backups/restore-steps.ts';
import type { RestoreInput } from '../backups/stage-restore.ts';
import type { Clock } from '../clock.ts';
import { instantText } from '../clock.ts';
import { endLeftovers } from '../hooks/children.ts';
import { inTransaction } from '../state/open-state.ts';
import { openJournal, readJournal } from '../transaction/journal.ts';
import { type Outcome, runTransaction } from '../transaction/run-transaction.ts';
import type { Installation, UpdateInput } from './installation.ts';
import { stepsOfUpdate } from './steps.ts';
import { tellingOf } from './telling.ts';

export interface Agent {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly installation: Installation;
}

/** Applies what is staged for an update whose row is there: it ends as the new version, or as the old one. The lock is held by the caller. */
export async function runUpdate(
  agent: Agent,
  updateId: number,
  input: UpdateInput,
  signal: AbortSignal,
): Promise<Outcome> {
  inTransaction(agent.db, () =>
    openJournal(agent.db, { kind: 'update', updateId, input }, instantText(agent.clock.now())),
  );
  return resume(agent, signal);
}

/** Brings back what `stageRestore` laid out: all of it, or nothing. The lock is held by the caller. */
export async function runRestore(agent: Agent, input: RestoreInput, signal: AbortSignal): Promise<Outcome> {
  inTransaction(agent.db, () =>
    openJournal(agent.db, { kind: 'restore', updateId: null, input }, instantText(agent.clock.now())),
  );
  return resume(agent, signal);
}

/** Finishes or undoes what a process that died left behind; undefined where there is nothing. The lock is held by the caller. */
export async function recover(agent: Agent): Promise<Outcome | undefined> {
  await endLeftovers(agent.db);
  return readJournal(agent.db) === undefined ? undefined : resume(agent, new AbortController().signal);
}

async function resume({ db, clock, installation }: Agent, signal: AbortSignal): Promise<Outcome> {
  const entry = readJournal(db);
  if (entry === undefined) throw new Error('There is no journal to resume.');
  // Written by runUpdate and runRestore alone.
  const input = entry.input as UpdateInput | RestoreInput;
  const steps =
    entry.kind === 'restore'
      ? stepsOfRestore(db, installation, input as RestoreInput)
      : stepsOfUpdate(db, installation, input as UpdateInput);
  const outcome = await runTransaction(db, steps, tellingOf(db, clock, entry.updateId, steps), signal);
  rmSync(input.stage, { recursive: true, force: true });
  return outcome;
}
