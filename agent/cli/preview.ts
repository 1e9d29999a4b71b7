import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Said } from '../errors.ts';
import { sourceOf } from '../sources/source-of.ts';
import { inputOf } from '../update/apply.ts';
import { checkForUpdates } from '../update/check.ts';
import { checkBefore } from '../update/checks.ts';
import { refuseUnwanted } from '../update/judge.ts';
import { type Preview, previewOf, stagedBytes } from '../update/preview.ts';
import type { Opened, Process, Result } from './context.ts';
import { meter } from './meter.ts';
import { linesOf } from './offer-words.ts';
import { checkedResult, type Wanting } from './update.ts';

/** Fetches and verifies the update, and tells what it would change; the tree stays as it is. The lock is held. */
export async function preview(
  process: Process,
  opened: Opened,
  wanted: Pick<Wanting, 'skipsBackup' | 'components'>,
): Promise<Result> {
  const { config, db, clock, signal } = opened;
  const source = sourceOf(opened);
  const checked = await checkForUpdates({ ...opened, source });
  if (checked.is !== 'offer') return checkedResult(checked);
  refuseUnwanted(checked.offer, checked.current, { db, clock, config, isForced: true });
  const stage = join(config.stages, 'stage-preview');
  const { told, end } = meter(process.terminal);
  try {
    rmSync(stage, { recursive: true, force: true });
    const staged = await source.stage(checked.offer, stage, signal, told);
    const { skipsBackup = false, components } = wanted;
    const parts = components === undefined ? {} : { components };
    const wish = {
      offer: checked.offer,
      current: checked.current,
      by: '',
      skipsBackup,
      isForced: true,
      ...parts,
    };
    const input = inputOf(staged, wish, stage);
    const { installation, needs } = config;
    const checks = await checkBefore(installation, input, stagedBytes(input), needs, db, signal);
    const seen = previewOf(installation, input, checks);
    const listed = input.changes.map(({ action, path }) => ({ action, path }));
    return {
      lines: [...linesOf(checked), ...listed.map(lineOf), ...planOf(seen)],
      json: {
        version: seen.version,
        current: seen.previous,
        changes: listed,
        bytes: seen.bytes,
        has_migrations: seen.hasMigrations,
        compatible: input.isCompatible,
        has_maintenance: seen.hasMaintenance,
        databases_copied: seen.databasesCopied,
        databases_restored: seen.databasesRestored,
        can_go_back: seen.canGoBack,
        refusals: seen.refusals.map(({ check, refusal }) => ({ check, message: refusal?.en ?? null })),
      },
      code: seen.refusals.length === 0 ? 0 : 1,
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

/** What else happens, and what stands in its way. */
function planOf({ hasMaintenance, databasesCopied, canGoBack, refusals }: Preview): readonly Said[] {
  const names = databasesCopied.join(', ');
  return [
    names === ''
      ? { en: '  No database is backed up.', id: '  Tidak ada basis data yang dicadangkan.' }
      : { en: `  Backed up first: ${names}`, id: `  Dicadangkan dulu: ${names}` },
    hasMaintenance
      ? { en: '  Maintenance mode meanwhile.', id: '  Mode pemeliharaan selama itu.' }
      : { en: '  No maintenance mode.', id: '  Tanpa mode pemeliharaan.' },
    canGoBack
      ? { en: '  update:rollback leads back.', id: '  update:rollback bisa mengembalikannya.' }
      : { en: '  Only backup:restore leads back.', id: '  Hanya backup:restore yang bisa mengembalikannya.' },
    ...refusals.flatMap(({ refusal }) => (refusal === undefined ? [] : [fault(refusal)])),
  ];
}

const fault = ({ en, id }: Said): Said => ({ en: `FAULT ${en}`, id: `SALAH ${id}` });
