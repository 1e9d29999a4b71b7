import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import { notify } from '../notices/notify.ts';
import type { Offer, Progress, Source } from '../sources/source.ts';
import { beginUpdate, noteDownloaded, noteFailed, type UpdateRow, updateOf } from './history.ts';
import { runUpdate } from './run-update.ts';
import { tidyStages } from './tidy-stages.ts';

export interface Applying {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly config: Config;
  readonly source: Source;
  readonly signal: AbortSignal;
  readonly told: Progress;
}

export interface Wish {
  readonly offer: Offer;
  readonly current: string;
  /** Who wants it, for the history. */
  readonly by: string;
  readonly isAutomatic?: boolean;
}

/** Codes of what came and is not to be used. */
const refusals: readonly string[] = ['checksum_differs', 'too_large', 'package_refused', 'unsigned'];

/**
 * Fetches what is offered and applies it; gives its row, which says what came of it. It ends as the new version or as the old one.
 * The lock is held by the caller.
 */
export async function applyUpdate(applying: Applying, wish: Wish): Promise<UpdateRow> {
  const { db, clock, config, source, signal, told } = applying;
  const { offer, current, by, isAutomatic = false } = wish;
  const id = beginUpdate(db, clock, { offer, previous: current, by, isAutomatic });
  const stage = join(config.stages, `stage-${id}`);
  try {
    tidyStages(config.stages, offer.checksum);
    const staged = await source.stage(offer, stage, signal, told);
    noteDownloaded(db, clock, id);
    notify(db, clock, {
      version: offer.version,
      type: 'update_started',
      message: `Pembaruan ke ${offer.version} dimulai. / The update to ${offer.version} has begun.`,
    });
    await runUpdate(
      { db, clock, installation: config.installation },
      id,
      { ...staged, version: offer.version, previous: current, stage },
      signal,
    );
  } catch (error) {
    // What the journal covers does not end here: it is undone, or left to the next start.
    if (updateOf(db, id)?.status === 'downloading') {
      rmSync(stage, { recursive: true, force: true });
      const isRefused = error instanceof AgentError && refusals.includes(error.code);
      noteFailed(db, clock, id, error instanceof Error ? error.message : String(error), isRefused);
    }
    throw error;
  }
  const row = updateOf(db, id);
  if (row === undefined) throw new Error('The row of the update is gone.');
  if (row.status === 'completed') tidyStages(config.stages, undefined);
  tellOf(applying, row);
  return row;
}

function tellOf(
  { db, clock }: Applying,
  { version, previous_version: previous, status, error_message }: UpdateRow,
) {
  if (status === 'completed')
    notify(db, clock, {
      version,
      type: 'update_completed',
      message: `Diperbarui ke versi ${version}. / Updated to version ${version}.`,
    });
  else
    notify(db, clock, {
      version,
      type: 'update_failed',
      message:
        `Pembaruan ke ${version} gagal; ${previous} dipulihkan. / The update to ${version} failed; ${previous} was put back. ${error_message ?? ''}`.trim(),
    });
}

/** What a person is told of an update that was undone. */
export function undone({ version, previous_version: previous, error_message: why }: UpdateRow): AgentError {
  return new AgentError('update_failed', {
    en: `The update to ${version} failed, and ${previous} was put back as it was. ${why ?? ''}`,
    id: `Pembaruan ke ${version} gagal, dan ${previous} dikembalikan seperti semula. ${why ?? ''}`,
  });
}
