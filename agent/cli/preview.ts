import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Said } from '../errors.ts';
import { sourceOf } from '../sources/source-of.ts';
import { checkForUpdates } from '../update/check.ts';
import { refuseUnwanted } from '../update/judge.ts';
import type { Opened, Process, Result } from './context.ts';
import { meter } from './meter.ts';
import { linesOf } from './offer-words.ts';
import { checkedResult } from './update.ts';

/** Fetches and verifies the update, and tells what it would change; the tree stays as it is. The lock is held. */
export async function preview(process: Process, opened: Opened): Promise<Result> {
  const { config, db, clock, signal } = opened;
  const source = sourceOf(opened);
  const checked = await checkForUpdates({ ...opened, source });
  if (checked.is !== 'offer') return checkedResult(checked);
  refuseUnwanted(checked.offer, checked.current, { db, clock, config, isForced: true });
  const stage = join(config.stages, 'stage-preview');
  const { told, end } = meter(process.terminal);
  try {
    rmSync(stage, { recursive: true, force: true });
    const { changes, hasMigrations, isCompatible } = await source.stage(checked.offer, stage, signal, told);
    const listed = changes.map(({ action, path }) => ({ action, path }));
    return {
      lines: [...linesOf(checked), ...listed.map(lineOf)],
      json: {
        version: checked.offer.version,
        current: checked.current,
        changes: listed,
        has_migrations: hasMigrations,
        compatible: isCompatible,
      },
    };
  } finally {
    end();
    rmSync(stage, { recursive: true, force: true });
  }
}

const words = { create: 'baru', update: 'ubah', delete: 'hapus' } as const;

function lineOf({ action, path }: { readonly action: keyof typeof words; readonly path: string }): Said {
  return { en: `  ${action.padEnd(6)} ${path}`, id: `  ${words[action].padEnd(6)} ${path}` };
}
