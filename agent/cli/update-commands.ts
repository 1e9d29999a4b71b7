import type { Said } from '../errors.ts';
import { sourceOf } from '../sources/source-of.ts';
import { checkForUpdates, checkOrRecall } from '../update/check.ts';
import { type UpdateRow, updatesOf } from '../update/history.ts';
import {
  type AddCommand,
  type Common,
  type Finish,
  holding,
  looking,
  type Process,
  type Result,
} from './context.ts';
import { preview } from './preview.ts';
import { rollback } from './rollback.ts';
import { scheduled } from './scheduled.ts';
import { thenSend } from './send-waiting.ts';
import { checkedResult, update, userOf } from './update.ts';
import { wholeNumber } from './whole-number.ts';

interface ApplyOptions extends Common {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly backup: boolean;
  readonly component?: readonly string[];
}

const collect = (name: string, before: readonly string[] = []) => [...before, name];

/** The commands of spec 2. */
export function addUpdates(add: AddCommand, process: Process, finish: Finish): void {
  add('update:check', 'Tell whether there is an update; the source is asked at most once an hour')
    .option('--force', 'ask it now')
    .option(
      '--scheduled',
      'for a timetable: check, apply and back up as far as agent.json and .env let it happen by itself',
    )
    .action((options: Common & { readonly force?: boolean; readonly scheduled?: boolean }) =>
      finish(options, () =>
        options.scheduled
          ? thenSend(process, options, () => scheduled(process, options))
          : check(process, options, options.force ?? false),
      ),
    );
  add('update:apply', 'Fetch the update that is there and apply it')
    .option('--force', 'do not ask; also one that failed here before')
    .option('--dry-run', 'fetch and verify it, list what it would change, and change nothing')
    .option('--no-backup', 'back nothing up before; with migrations only together with --force')
    .option('--component <name>', 'only this part of it; may be repeated', collect)
    .action((options: ApplyOptions) => {
      const isForced = options.force === true;
      const { component: components } = options;
      const wish = {
        by: userOf(process),
        isConfirmed: isForced,
        isForced,
        skipsBackup: !options.backup,
        components,
      };
      return finish(options, () =>
        holding(process, options, (opened) =>
          options.dryRun ? preview(process, opened, wish) : update(process, opened, wish),
        ),
      );
    });
  add('update:rollback', 'Go back from the last update: its code, and nothing of the data')
    .option('--force', 'do not ask')
    .action((options: Common & { readonly force?: boolean }) =>
      finish(options, () =>
        holding(process, options, (opened) => rollback(process, opened, options.force === true)),
      ),
    );
  add('update:history', 'List the updates and what came of each')
    .option('--last <count>', 'so many of them', '20')
    .action((options: Common & { readonly last: string }) =>
      finish(options, () =>
        looking(process, options, ({ db }) => {
          const rows = updatesOf(db, wholeNumber('--last', options.last));
          return { lines: rows.length === 0 ? [none] : rows.map(lineOf), json: { data: rows.map(present) } };
        }),
      ),
    );
}

function check(process: Process, options: Common, isForced: boolean): Promise<Result> {
  return looking(process, options, async (opened) => {
    const checking = { ...opened, source: sourceOf(opened) };
    return checkedResult(await (isForced ? checkForUpdates : checkOrRecall)(checking));
  });
}

const none: Said = { en: 'There was no update yet.', id: 'Belum pernah ada pembaruan.' };

function lineOf(row: UpdateRow): Said {
  const head = `#${row.id}  ${row.started_at ?? ''}  ${row.previous_version} → ${row.version}  ${row.progress_percentage} %`;
  const why = row.error_message === null ? '' : `\n    ${row.error_message}`;
  return {
    en: `${head}  ${row.status.replace('_', ' ')}${why}`,
    id: `${head}  ${words[row.status] ?? row.status}${why}`,
  };
}

const words: Readonly<Record<string, string>> = {
  pending: 'menunggu',
  downloading: 'mengunduh',
  installing: 'memasang',
  completed: 'selesai',
  failed: 'gagal',
  rolled_back: 'dikembalikan',
};

/** JSON in columns is JSON. */
function present(row: UpdateRow): object {
  const { update_steps: steps, backup_info: backup, auto_update: isAutomatic } = row;
  return {
    ...row,
    auto_update: isAutomatic === 1,
    update_steps: JSON.parse(String(steps)),
    backup_info: backup == null ? null : JSON.parse(String(backup)),
  };
}
