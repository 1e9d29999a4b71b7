import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { backupsOf } from '../backups/backups-of.ts';
import { cleanUpBackups } from '../backups/clean-up.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import { notify } from '../notices/notify.ts';
import type { Offer, Progress, Source, Staged } from '../sources/source.ts';
import { checkBefore, type Needs } from './checks.ts';
import { takeComponents } from './components.ts';
import { beginUpdate, noteDownloaded, noteFailed, type UpdateRow, updateOf } from './history.ts';
import type { Agent, UpdateInput } from './installation.ts';
import { stagedBytes } from './preview.ts';
import { runUpdate } from './run-update.ts';
import { tidyStages } from './tidy-stages.ts';

export interface Applying {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly config: Config;
  readonly source: Source;
  readonly signal: AbortSignal;
  readonly told: Progress;
  /** Told which step is done, and how far the update is, of a hundred. */
  readonly toldStep: (step: string, percent: number) => void;
}

export interface Wish {
  readonly offer: Offer;
  readonly current: string;
  /** Who wants it, for the history. */
  readonly by: string;
  readonly isAutomatic?: boolean;
  /** Nothing is backed up first. */
  readonly skipsBackup?: boolean;
  /** A person insists on it. */
  readonly isForced?: boolean;
  /** Only these; the version stays. */
  readonly components?: readonly string[];
}

/** Codes of what came and is not to be used. */
const refusals: readonly string[] = ['checksum_differs', 'too_large', 'package_refused', 'unsigned'];

/**
 * Fetches what is offered and applies it; gives its row, which says what came of it. It ends as the new version or as the old one.
 * The lock is held by the caller.
 */
export async function applyUpdate(applying: Applying, wish: Wish): Promise<UpdateRow> {
  const { db, clock, config, source, signal, told, toldStep } = applying;
  const { offer, current, by, isAutomatic = false } = wish;
  const agent = { db, clock, installation: config.installation };
  const id = beginUpdate(db, clock, { offer, previous: current, by, isAutomatic });
  const stage = join(config.stages, `stage-${id}`);
  try {
    tidyStages(config.stages, offer.checksum);
    const input = inputOf(await source.stage(offer, stage, signal, told), wish, stage);
    await requireReady(agent, input, config.needs, signal);
    noteDownloaded(db, clock, id);
    if (input.skipsBackup === true) noteNoBackup(db, id);
    if (input.components !== undefined) noteComponents(db, id, input.components);
    notify(db, clock, {
      version: offer.version,
      type: 'update_started',
      message: `Pembaruan ke ${offer.version} dimulai. / The update to ${offer.version} has begun.`,
    });
    await runUpdate(agent, id, input, signal, (step) =>
      toldStep(step, Number(updateOf(db, id)?.progress_percentage ?? 0)),
    );
  } catch (error) {
    // What the journal covers does not end here: it is undone, or left to the next start.
    if (updateOf(db, id)?.status === 'downloading') {
      rmSync(stage, { recursive: true, force: true });
      const isRefused = error instanceof AgentError && refusals.includes(error.code);
      const why = error instanceof Error ? error.message : String(error);
      noteFailed(db, clock, id, why, isRefused);
      if (isAutomatic) tellNotBegun(applying, offer.version, why);
    }
    throw error;
  }
  const row = updateOf(db, id);
  if (row === undefined) throw new Error('The row of the update is gone.');
  if (row.status === 'completed') {
    tidyStages(config.stages, undefined);
    await forgetOldBackups(agent, offer.version);
  }
  return row;
}

/**
 * What a staged update is applied with; of what is not wanted of it nothing stays in the stage.
 * @throws {AgentError} backup_needed where it changes the database, nothing is to be backed up, and nobody insists; unknown_component,
 *   component_needs_whole
 */
export function inputOf(staged: Staged, wish: Wish, stage: string): UpdateInput {
  const { offer, current, skipsBackup = false, isForced = false, components } = wish;
  if (skipsBackup && staged.hasMigrations && !isForced)
    throw new AgentError('backup_needed', {
      en: `${offer.version} changes the database, and nothing is to be backed up before: if it fails, the database stays as it is left. Leave --no-backup away (and BACKUP_BEFORE_UPDATE=true), or insist with --force.`,
      id: `${offer.version} mengubah basis data, sedangkan cadangan dimatikan: bila gagal, basis data tidak bisa dikembalikan. Jangan pakai --no-backup (dan isi BACKUP_BEFORE_UPDATE=true), atau paksa dengan --force.`,
    });
  const backup = skipsBackup ? { skipsBackup } : {};
  const { parts: _, ...taken } =
    components === undefined ? staged : takeComponents(staged, stage, components);
  return { ...taken, ...backup, version: offer.version, previous: current, stage };
}

async function requireReady(
  { installation, db }: Agent,
  input: UpdateInput,
  needs: Needs,
  signal: AbortSignal,
): Promise<void> {
  const checks = await checkBefore(installation, input, stagedBytes(input), needs, db, signal);
  const refusals = checks.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal]));
  if (refusals.length === 0) return;
  throw new AgentError('not_ready', {
    en: `The update was not begun, and nothing was changed:\n${refusals.map(({ en }) => `  ${en}`).join('\n')}`,
    id: `Pembaruan tidak dimulai, dan tidak ada yang diubah:\n${refusals.map(({ id }) => `  ${id}`).join('\n')}`,
  });
}

function noteNoBackup(db: DatabaseSync, id: number): void {
  db.prepare(`update system_updates set backup_info = json_object('skipped', json('true')) where id = ?`).run(
    id,
  );
}

/** The version stays what it was, so nothing of it is reported as one. */
function noteComponents(db: DatabaseSync, id: number, components: readonly string[]): void {
  db.prepare(
    `update system_updates set update_steps = json_array(json_object('name', 'components', 'state', 'done', 'components', json(?2))) where id = ?1`,
  ).run(id, JSON.stringify(components));
}

/** The update is done, whatever becomes of this: the next one does it then. */
async function forgetOldBackups(agent: Agent, version: string): Promise<void> {
  const { keep } = agent.installation.backups;
  try {
    await cleanUpBackups(backupsOf(agent), keep);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notify(agent.db, agent.clock, { version, type: 'backup_trouble', message: why, once: true });
  }
}

/** Nobody is there to see it. Not with each try. */
function tellNotBegun({ db, clock }: Applying, version: string, why: string): void {
  const message = `Pembaruan ke ${version} belum dapat dimulai. / The update to ${version} could not be begun yet. ${why}`;
  notify(db, clock, { version, type: 'update_failed', message, once: 'until-read' });
}

/** What a person is told of an update that was undone. */
export function undone({ version, previous_version: previous, error_message: why }: UpdateRow): AgentError {
  return new AgentError('update_failed', {
    en: `The update to ${version} failed, and ${previous} was put back as it was. ${why ?? ''}`,
    id: `Pembaruan ke ${version} gagal, dan ${previous} dikembalikan seperti semula. ${why ?? ''}`,
  });
}
