import { migrationStatus } from '#kit/migrate.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { type DataOption, type Process, withKit } from './context.ts';

/** Applies what is missing, and says what that was. */
export async function migrateCommand(process: Process, options: DataOption): Promise<void> {
  const apply = withKit(process, options, 'migrate', migrateAll, 'as it is');
  const applied = await apply;
  for (const name of applied) process.terminal.print(`applied  ${name}`);
  process.terminal.print(applied.length === 0 ? 'Nothing to do: the database is up to date.' : 'Done.');
}

export async function migrateStatus(process: Process, options: DataOption): Promise<void> {
  const states = await withKit(
    process,
    options,
    'migrate:status',
    (kit) => migrationStatus(kit.pool),
    'as it is',
  );
  for (const { name, appliedAt, compatible } of states) {
    const note = compatible ? '' : '  (the version before cannot run on it)';
    process.terminal.print(`${appliedAt ?? 'pending                 '}  ${name}${note}`);
  }
}
