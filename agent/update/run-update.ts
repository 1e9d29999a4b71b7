import { mkdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { stepsOfRestore } from '../backups/restore-steps.ts';
import type { RestoreInput } from '../backups/stage-restore.ts';
import { instantText } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { endLeftovers } from '../hooks/children.ts';
import { freeName, nameInUse, releaseMissing } from '../layouts/releases.ts';
import { inTransaction } from '../state/open-state.ts';
import type { Change } from '../supervise/steps.ts';
import { type Kind, openJournal, readJournal } from '../transaction/journal.ts';
import { type Outcome, runTransaction, stopped, type Telling } from '../transaction/run-transaction.ts';
import { keep } from '../tree/durable.ts';
import { statsOf } from '../tree/inside.ts';
import type { Agent, UpdateInput } from './installation.ts';
import { planRollback, type RollbackInput, stepsOfRollback } from './rollback.ts';
import { backupStep, logOf, type Plan, prepareStep, stepsOfUpdate, workOf } from './steps.ts';
import { tellingOfRestore, tellingOfRollback, tellingOfUpdate } from './telling.ts';

/** Told each time a step is done. */
type Told = (step: string) => void;

/**
 * Applies what is staged for an update whose row is there: it ends as the new version, or as the old one. The lock is held by the
 * caller, who has recovered first.
 * @throws {AgentError} no_current
 */
export async function runUpdate(
  agent: Agent,
  updateId: number,
  input: UpdateInput,
  signal: AbortSignal,
  told?: Told,
): Promise<Outcome> {
  const { root, layout } = agent.installation;
  const release =
    layout?.is === 'releases' ? { from: nameInUse(root), to: freeName(root, input.version) } : undefined;
  const serving = await changeTo(agent, release?.to, input.version);
  const plan: Plan = { ...input, ...(release && { release }), ...(serving && { serving }) };
  return begin(agent, 'update', updateId, plan, signal, told);
}

/**
 * Goes back from the last update, by code alone: it ends as the version before, or as it was. The lock is held by the caller, who has
 * recovered first.
 * @throws {AgentError} nothing_to_roll_back, rollback_needs_restore
 */
export async function runRollback(agent: Agent, signal: AbortSignal): Promise<Outcome> {
  const { input, updateId } = planRollback(agent.installation);
  // A state that was lost and begun anew does not know it.
  const row = agent.db.prepare('select id from system_updates where id = ?').get(updateId);
  const serving = await changeTo(agent, input.release?.to, input.version);
  const plan = { ...input, ...(serving && { serving }) };
  return begin(agent, 'rollback', row === undefined ? null : updateId, plan, signal);
}

/** Which trees serve before and after; undefined where no agent has servers. `release` is the one that will be in use. */
async function changeTo(
  { installation: { root, serving } }: Agent,
  release: string | undefined,
  version: string,
): Promise<Change | undefined> {
  const from = await serving?.current();
  const folder = release === undefined ? root : join(root, 'releases', release);
  return from && { from, to: { version, folder } };
}

/** Brings back what `stageRestore` laid out: all of it, or nothing. The lock is held by the caller. */
export async function runRestore(agent: Agent, input: RestoreInput, signal: AbortSignal): Promise<Outcome> {
  const serving = await changeByRestore(agent, input);
  open(agent, 'restore', null, { ...input, ...(serving && { serving }) });
  return resume(agent, signal);
}

/** What serves after a restore: the release that `current` leads to then. @throws {AgentError} release_missing */
async function changeByRestore(
  { installation }: Agent,
  { changes, stage, version }: RestoreInput,
): Promise<Change | undefined> {
  const { root, layout, serving } = installation;
  const from = await serving?.current();
  if (from === undefined || layout?.is !== 'releases') return from && { from, to: { ...from, version } };
  const link = changes.findIndex(({ path }) => path === 'current');
  const to = link === -1 ? join('releases', nameInUse(root)) : readlinkSync(join(stage, 'new', String(link)));
  const folder = resolve(root, to);
  if (statsOf(folder)?.isDirectory() !== true) throw releaseMissing(root, basename(folder));
  return { from, to: { version, folder } };
}

/** Finishes or undoes what a process that died left behind; undefined where there is nothing. The lock is held by the caller. */
export async function recover(agent: Agent): Promise<Outcome | undefined> {
  await endLeftovers(agent.db);
  // What had not begun to change anything is not begun now: nobody waits for it.
  return readJournal(agent.db) === undefined
    ? undefined
    : resume(agent, AbortSignal.abort(new Error(stopped)));
}

async function begin(
  agent: Agent,
  kind: Kind,
  updateId: number | null,
  input: UpdateInput | RollbackInput,
  signal: AbortSignal,
  told?: Told,
): Promise<Outcome> {
  open(agent, kind, updateId, input);
  const tooLong = new AbortController();
  const seconds = agent.installation.rollbackSeconds ?? 300;
  // On the machine's steady clock, which nobody sets back.
  const start = () => setTimeout(() => tooLong.abort(tookTooLong(seconds)), seconds * 1000);
  // What it brings and copies first may be much, and changes nothing that is used.
  const after = kind === 'update' ? lastBefore(agent, input) : undefined;
  let timer = after === undefined ? start() : undefined;
  try {
    return await resume(agent, AbortSignal.any([signal, tooLong.signal]), (step) => {
      if (step === after) timer = start();
      told?.(step);
    });
  } finally {
    clearTimeout(timer);
  }
}

function lastBefore(
  { installation: { hooks, layout } }: Agent,
  input: UpdateInput | RollbackInput,
): string | undefined {
  if (!('skipsBackup' in input && input.skipsBackup === true)) return backupStep;
  return hooks.prepare !== undefined && layout?.is === 'releases' ? prepareStep : undefined;
}

function open(
  { db, clock, installation }: Agent,
  kind: Kind,
  updateId: number | null,
  input: UpdateInput | RollbackInput | RestoreInput,
): void {
  const work = workOf(input.stage);
  // What an earlier one left there would be taken for what this one did.
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true, mode: 0o700 });
  keep(input.stage);
  startLog(installation.folder);
  inTransaction(db, () => openJournal(db, { kind, updateId, input }, instantText(clock.now())));
}

async function resume(agent: Agent, signal: AbortSignal, done: Told = () => {}): Promise<Outcome> {
  const { db, clock } = agent;
  const entry = readJournal(db);
  if (entry === undefined) throw new Error('There is no journal to resume.');
  const { kind, updateId } = entry;
  const input = entry.input as Plan & RollbackInput & RestoreInput; // As `open` wrote it for this kind.
  const { stepsOf, tellingOf } = ways[kind];
  const steps = stepsOf(agent, input, updateId);
  const telling = tellingOf(db, clock, updateId, steps, input);
  const told: Telling = {
    ...telling,
    done(step) {
      telling.done(step);
      done(step);
    },
  };
  const outcome = await runTransaction(db, steps, told, signal);
  rmSync(input.stage, { recursive: true, force: true });
  return outcome;
}

const ways = {
  update: { stepsOf: stepsOfUpdate, tellingOf: tellingOfUpdate },
  rollback: { stepsOf: stepsOfRollback, tellingOf: tellingOfRollback },
  restore: { stepsOf: stepsOfRestore, tellingOf: tellingOfRestore },
};

const longestLog = 1024 * 1024;

/** What hooks print goes on where it ended, until that is long: then it is kept as the one before. */
function startLog(folder: string): void {
  const log = logOf(folder);
  if ((statsOf(log)?.size ?? 0) > longestLog) renameSync(log, `${log}.1`);
}

function tookTooLong(seconds: number): AgentError {
  return new AgentError('took_too_long', {
    en: `It was not done within ${seconds} seconds (ROLLBACK_TIMEOUT), and so it was undone.`,
    id: `Tidak selesai dalam ${seconds} detik (ROLLBACK_TIMEOUT), karena itu dikembalikan.`,
  });
}
