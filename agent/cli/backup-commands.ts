import { createBackup, listBackups, verifyBackup } from '../backups/backups.ts';
import { backupsOf } from '../backups/backups-of.ts';
import { cleanUpBackups } from '../backups/clean-up.ts';
import type { BackupType } from '../backups/manifest.ts';
import type { RestoreScope } from '../backups/stage-restore.ts';
import { AgentError, type Said } from '../errors.ts';
import { currentVersion } from '../update/version-file.ts';
import {
  type AddCommand,
  agentOf,
  type Common,
  type Finish,
  holding,
  type Opened,
  type Process,
  type Result,
} from './context.ts';
import { restore } from './restore.ts';
import { wholeNumber } from './whole-number.ts';

const types: Readonly<Record<string, BackupType>> = {
  full: 'full',
  database: 'database_only',
  files: 'files_only',
};

/** The commands of spec 2 that are about backups. */
export function addBackups(add: AddCommand, process: Process, finish: Finish): void {
  add('backup:create', 'Back the installation up, restore that into scratch and compare it')
    .option('--description <text>', 'what it is kept for')
    .option('--type <what>', 'full, database or files', 'full')
    .action((options: Common & { readonly description?: string; readonly type: string }) =>
      finish(options, () => holding(process, options, (opened) => create(opened, options))),
    );
  add('backup:list', 'List the backups, the newest first').action((options: Common) =>
    finish(options, () => holding(process, options, list)),
  );
  add('backup:verify', 'Restore a backup into scratch again and compare it')
    .argument('<id>', 'its number in backup:list')
    .action((id: string, options: Common) =>
      finish(options, () => holding(process, options, (opened) => verify(opened, wholeNumber('ID', id)))),
    );
  add('backup:restore', 'Bring a backup back: all of it, or nothing')
    .argument('<id>', 'its number in backup:list')
    .option('--only <what>', 'database or files')
    .option('--accept-loss', 'what was written since the backup is lost; without it that is listed only')
    .option('--no-backup', 'do not back up first what is there now, as where that cannot be read')
    .action(
      (
        id: string,
        options: Common & { readonly only?: string; readonly acceptLoss?: boolean; readonly backup: boolean },
      ) =>
        finish(options, () =>
          holding(process, options, (opened) =>
            restore(opened, wholeNumber('ID', id), {
              scope: scopeOf(options.only),
              acceptsLoss: options.acceptLoss === true,
              skipsBackup: !options.backup,
            }),
          ),
        ),
    );
  add('backup:cleanup', 'Remove backups that have expired, and those beyond the newest ones')
    .option('--keep <count>', 'so many stay (default: BACKUP_RETENTION)')
    .action((options: Common & { readonly keep?: string }) =>
      finish(options, () =>
        holding(process, options, (opened) =>
          cleanUp(opened, options.keep === undefined ? undefined : wholeNumber('--keep', options.keep)),
        ),
      ),
    );
}

async function create(
  opened: Opened,
  { description, type: named }: { readonly description?: string; readonly type: string },
): Promise<Result> {
  const type = Object.hasOwn(types, named) ? types[named] : undefined;
  if (type === undefined) throw badOption('--type', Object.keys(types));
  const version = currentVersion(opened.config.installation);
  const wish = { type, version, ...(description === undefined ? {} : { description }) };
  const id = await createBackup(backupsOf(agentOf(opened)), wish, opened.signal);
  const row = opened.db.prepare('select backup_size from update_backups where id = ?').get(id);
  const size = sized(Number(row?.backup_size));
  return {
    lines: [
      {
        en: `Backup ${id} is there (${size}), and was restored to try it.`,
        id: `Cadangan ${id} sudah dibuat (${size}), dan sudah dicoba dipulihkan.`,
      },
    ],
    json: { id, type, version, size: Number(row?.backup_size) },
  };
}

async function list(opened: Opened): Promise<Result> {
  const rows = await listBackups(backupsOf(agentOf(opened)));
  const none = {
    en: 'There is no backup yet: backup:create makes one.',
    id: 'Belum ada cadangan: buat dengan backup:create.',
  };
  const data = rows.map((row) => ({ ...row, is_restorable: row.is_restorable === 1 }));
  return { lines: rows.length === 0 ? [none] : rows.map(lineOf), json: { data } };
}

function lineOf(row: Readonly<Record<string, unknown>>): Said {
  const { id, created_at, version, backup_type, backup_size, is_restorable, verified_at, notes } = row;
  const head = `#${id}  ${created_at}  ${version}  ${String(backup_type).replace('_', ' ')}  ${sized(Number(backup_size))}`;
  const note = notes === null ? '' : `  ${notes}`;
  return is_restorable === 1
    ? { en: `${head}  tried ${verified_at}${note}`, id: `${head}  dicoba ${verified_at}${note}` }
    : { en: `${head}  NOT PROVEN${note}`, id: `${head}  BELUM TERBUKTI${note}` };
}

async function verify(opened: Opened, id: number): Promise<Result> {
  await verifyBackup(backupsOf(agentOf(opened)), id, opened.signal);
  return {
    lines: [
      {
        en: `Backup ${id} was restored into scratch, and is what it was taken of.`,
        id: `Cadangan ${id} sudah dicoba dipulihkan, dan isinya sesuai.`,
      },
    ],
    json: { id, ok: true },
  };
}

async function cleanUp(opened: Opened, keep: number | undefined): Promise<Result> {
  const removed = await cleanUpBackups(
    backupsOf(agentOf(opened)),
    keep ?? opened.config.installation.backups.keep,
  );
  const numbers = removed.join(', ');
  return {
    lines: [
      removed.length === 0
        ? { en: 'There was nothing to remove.', id: 'Tidak ada yang perlu dihapus.' }
        : { en: `Removed: ${numbers}.`, id: `Dihapus: ${numbers}.` },
    ],
    json: { removed },
  };
}

function scopeOf(only: string | undefined): RestoreScope {
  if (only === undefined) return 'full';
  if (only === 'database' || only === 'files') return only;
  throw badOption('--only', ['database', 'files']);
}

function badOption(name: string, choices: readonly string[]): AgentError {
  return new AgentError('bad_option', {
    en: `${name} is one of: ${choices.join(', ')}.`,
    id: `${name} salah satu dari: ${choices.join(', ')}.`,
  });
}

const sized = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
