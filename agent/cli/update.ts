import { AgentError, type Said } from '../errors.ts';
import type { Offer } from '../sources/source.ts';
import { sourceOf } from '../sources/source-of.ts';
import { applyUpdate, undone } from '../update/apply.ts';
import { type Checked, checkForUpdates } from '../update/check.ts';
import { refuseUnwanted } from '../update/judge.ts';
import { reportEnded } from '../update/report.ts';
import type { Opened, Process, Result } from './context.ts';
import { meter } from './meter.ts';
import { linesOf } from './offer-words.ts';

export interface Wanting {
  /** Who wants it, for the history. */
  readonly by: string;
  /** Nobody is asked. */
  readonly isConfirmed: boolean;
  /** Also what failed here before. */
  readonly isForced?: boolean;
  /** Nothing is backed up first. */
  readonly skipsBackup?: boolean;
  /** Only these parts of it; the version stays. */
  readonly components?: readonly string[] | undefined;
  /** This version and no other; nobody asked for it here. */
  readonly only?: string;
}

export function checkedResult(checked: Checked): Result {
  const { is, current, checkedAt, message } = checked;
  return {
    lines: linesOf(checked),
    json: {
      is,
      current,
      checked_at: checkedAt,
      server_message: message ?? null,
      update_available: is === 'offer',
      offer: checked.is === 'offer' ? present(checked.offer) : null,
    },
    code: is === 'disabled' ? 1 : 0,
  };
}

/** Without the address of the package, which may hold a token. */
function present(offer: Offer): object {
  return {
    version: offer.version,
    changelog: offer.changelog,
    has_migrations: offer.hasMigrations,
    compatible: offer.isCompatible,
    forced: offer.isForced,
    checksum: offer.checksum ?? null,
    size: offer.size ?? null,
    files: offer.files ?? null,
    published_at: offer.publishedAt ?? null,
  };
}

/** Checks, asks, applies and reports; the lock is held. @throws {AgentError} where it is refused or was undone */
export async function update(process: Process, opened: Opened, wanting: Wanting): Promise<Result> {
  const { config, db, clock, signal } = opened;
  const source = sourceOf(opened);
  const { by, isConfirmed, isForced = false, only, components } = wanting;
  const { ota } = config;
  // Of one that ended where nobody could be told.
  if (ota !== undefined) await reportEnded(db, clock, ota, signal);
  const checked = await checkForUpdates({ ...opened, source });
  if (checked.is !== 'offer') return checkedResult(checked);
  const { offer, current } = checked;
  if (only !== undefined && offer.version !== only) return checkedResult(checked);
  refuseUnwanted(offer, current, { db, clock, config, isForced });
  if (!isConfirmed && !(await confirmed(process, updateTo(offer.version))))
    return { lines: [stays], json: { status: 'declined', version: current } };
  const { told, toldStep, end } = meter(process.terminal);
  try {
    const skipsBackup = wanting.skipsBackup === true || !config.backupBefore;
    const parts = components === undefined ? {} : { components };
    const wish = { offer, current, by, isAutomatic: only !== undefined, isForced, skipsBackup, ...parts };
    const { serving } = config.installation;
    const isFilesAlone = serving !== undefined && (await serving.current()) === undefined;
    const row = await applyUpdate({ ...opened, source, told, toldStep }, wish);
    if (row.status !== 'completed') throw undone(row);
    return {
      lines: [
        components === undefined ? doneWords(row.version) : partWords(row.version, current, components),
        ...(isFilesAlone ? [startAgain] : []),
      ],
      json: { status: row.status, id: row.id, version: row.version, ...parts },
    };
  } finally {
    end();
    // Also where the agent was told to stop.
    if (ota !== undefined) await reportEnded(db, clock, ota, AbortSignal.timeout(10_000));
  }
}

const startAgain: Said = {
  en: 'No agent runs it, so only its files were updated: start it again.',
  id: 'Tidak ada agen yang menjalankannya, jadi hanya berkasnya yang diperbarui: jalankan ulang.',
};
export const stays: Said = { en: 'Nothing was changed.', id: 'Tidak ada yang diubah.' };
const doneWords = (version: string): Said => ({
  en: `Updated to ${version}.`,
  id: `Diperbarui ke ${version}.`,
});

const partWords = (version: string, current: string, components: readonly string[]): Said => ({
  en: `Installed of ${version}: ${components.join(', ')}. The version stays ${current}.`,
  id: `Dipasang dari ${version}: ${components.join(', ')}. Versinya tetap ${current}.`,
});

const updateTo = (version: string): Said => ({
  en: `Update to ${version}?`,
  id: `Perbarui ke ${version}?`,
});

/** Whether the person says yes. @throws {AgentError} needs_force where nobody is there */
export async function confirmed({ terminal }: Process, question: Said): Promise<boolean> {
  if (terminal.ask === undefined)
    throw new AgentError('needs_force', {
      en: 'Nobody is here to confirm this. Run it in a terminal, or with --force.',
      id: 'Tidak ada orang yang dapat menyetujui ini. Jalankan di terminal, atau dengan --force.',
    });
  const answer = await terminal.ask(`${question.id} / ${question.en} [y/N] `);
  return /^(y|yes|ya)$/i.test(answer.trim());
}

export const userOf = ({ env }: Process) => env.SUDO_USER ?? env.USER ?? env.LOGNAME ?? 'cli';
