import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '../layouts/before.ts';
import type { Checked } from './checks.ts';
import type { Installation, UpdateInput } from './installation.ts';
import { restores } from './steps.ts';

/** What an update will do, as `update:apply --dry-run` tells it. */
export interface Preview {
  readonly version: string;
  readonly previous: string;
  readonly files: Readonly<Record<FileChange['action'], readonly string[]>>;
  /** Of the new files. */
  readonly bytes: number;
  readonly hasMigrations: boolean;
  /** Writes are refused meanwhile. */
  readonly hasMaintenance: boolean;
  /** Their names: each is copied first, and the copy proven. */
  readonly databasesCopied: readonly string[];
  /** Where it fails these are put back as they were copied. */
  readonly databasesRestored: readonly string[];
  /** Afterwards update:rollback leads back; else only a backup does. */
  readonly canGoBack: boolean;
  readonly refusals: readonly Checked[];
}

/** Tells what an update that is staged will do, and changes nothing. */
export function previewOf(
  { databases, maintenance = 'auto', hooks }: Installation,
  input: UpdateInput,
  checks: readonly Checked[],
): Preview {
  const names = databases.map(({ name }) => name);
  const copied = input.skipsBackup === true ? [] : names;
  const paths = (action: FileChange['action']) =>
    input.changes.filter((change) => change.action === action).map(({ path }) => path);
  return {
    version: input.version,
    previous: input.previous,
    files: { create: paths('create'), update: paths('update'), delete: paths('delete') },
    bytes: stagedBytes(input),
    hasMigrations: input.hasMigrations,
    hasMaintenance:
      hooks.maintenanceOn !== undefined &&
      (maintenance === 'always' || (maintenance === 'auto' && restores(input))),
    databasesCopied: copied,
    databasesRestored: restores(input) ? copied : [],
    canGoBack: !restores(input),
    refusals: checks.filter(({ refusal }) => refusal !== undefined),
  };
}

/** How large the new files of a stage are. */
export function stagedBytes({ stage, changes }: UpdateInput): number {
  return changes
    .map(({ action }, n) => (action === 'delete' ? 0 : statSync(join(stage, 'new', String(n))).size))
    .reduce((sum, size) => sum + size, 0);
}
