import { join } from 'node:path';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError, type Message } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { longestVersion, parseVersion, sortKeyOf } from '#release-metadata';
import type { ReleaseHooks } from './hooks.ts';
import { keepManifest, manifestOf, targetOf } from './manifest-of.ts';
import { presentRelease } from './present.ts';
import {
  deleteReleaseRow,
  filesOfRelease,
  findRelease,
  insertRelease,
  lockRelease,
  type ReleaseRow,
  replaceFiles,
  updateReleaseRow,
} from './queries.ts';
import { record } from './record.ts';
import { stageSource, writeHashed } from './stage.ts';
import { storeFault } from './store/blob-store.ts';
import { inSpool } from './store/keep.ts';

export interface ReleaseDetails {
  readonly channel?: ReleaseRow['channel'] | undefined;
  readonly min_version?: string | null | undefined;
  readonly is_floor?: boolean | undefined;
  readonly changelog?: string | undefined;
  readonly has_migrations?: boolean | undefined;
  readonly compatible?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly components?: Record<string, string[]> | undefined;
}

const notAVersion: Message = {
  en: `Write a version like 1.4.0 or 2.0.0-beta.1 (semver.org), without "v", at most ${longestVersion} characters.`,
  id: `Tulis versi seperti 1.4.0 atau 2.0.0-beta.1 (semver.org), tanpa "v", paling banyak ${longestVersion} karakter.`,
};

/** Adds a draft without files. @throws {AppError} release_exists, validation_failed */
export async function createRelease(
  kit: Kit,
  author: Author,
  { version, ...details }: ReleaseDetails & { readonly version: string; readonly channel: string },
): Promise<ReleaseRow> {
  const parsed = parseVersion(version);
  if (parsed === undefined) throw fieldError('version', notAVersion);
  if (parsed.build.length > 0)
    throw fieldError('version', {
      en: 'Leave out what follows the +: releases are told apart by what is before it.',
      id: 'Hilangkan bagian setelah +: rilis dibedakan oleh bagian sebelumnya.',
    });
  requireLower(version, details.min_version);
  const at = instantText(kit.clock.now());
  try {
    return await inTransaction(kit.db, async (tx) => {
      const row = await insertRelease(tx, {
        ...details,
        id: newId(kit.clock),
        version,
        sort_key: sortKeyOf(version),
        created_at: at,
        updated_at: at,
      });
      await record(kit, tx, author, 'release.created', undefined, row);
      return row;
    });
  } catch (error) {
    if (violatedConstraint(error) === 'releases_version_key') throw new AppError('release_exists');
    throw error;
  }
}

function requireLower(version: string, least: string | null | undefined): void {
  if (least === null || least === undefined) return;
  if (parseVersion(least) === undefined) throw fieldError('min_version', notAVersion);
  if (sortKeyOf(least) < sortKeyOf(version)) return;
  throw fieldError('min_version', {
    en: 'This must be a lower version than the release itself.',
    id: 'Ini harus lebih rendah daripada versi rilisnya sendiri.',
  });
}

/** Changes a draft. @throws {AppError} not_found, release_state, conflict, release_store */
export async function updateRelease(
  kit: Kit,
  hooks: ReleaseHooks,
  author: Author,
  id: string,
  details: ReleaseDetails,
): Promise<ReleaseRow> {
  const before = await draft(kit, id);
  requireLower(before.version, details.min_version);
  const given = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  const after: ReleaseRow = { ...before, ...given };
  const kept =
    before.manifest_hash === null
      ? {}
      : await keepManifest(kit, manifestOf(after, await filesOfRelease(kit.db, id)));
  return change(kit, hooks, author, before, 'release.updated', { ...given, ...kept });
}

/**
 * Gives a draft the files of a folder or archive, in place of those it had. Nothing of the release changes before all of it is stored.
 * @throws {AppError} not_found, release_state, release_archive, conflict, release_store
 */
export async function fillRelease(
  kit: Kit,
  hooks: ReleaseHooks,
  author: Author,
  id: string,
  source: string | AsyncIterable<Uint8Array>,
): Promise<ReleaseRow> {
  const before = await draft(kit, id);
  return inSpool(kit, async (folder) => {
    const path = typeof source === 'string' ? source : join(folder, 'archive');
    if (typeof source !== 'string')
      await writeHashed(path, source).catch((error) => {
        throw storeFault(error);
      });
    const { files, blobs } = await stageSource(path, folder);
    const kept = await keepManifest(kit, manifestOf(before, files), blobs);
    return change(kit, hooks, author, before, 'release.filled', kept, (tx) => replaceFiles(tx, id, files));
  });
}

/** @throws {AppError} not_found, release_state */
export async function deleteRelease(
  kit: Kit,
  hooks: ReleaseHooks,
  author: Author,
  id: string,
): Promise<void> {
  const before = await draft(kit, id);
  await inTransaction(kit.db, async (tx) => {
    await hooks.trust.removeTarget(tx, targetOf(before.version));
    await lockUnchanged(tx, before);
    await deleteReleaseRow(tx, id);
    await record(kit, tx, author, 'release.deleted', before, undefined);
  });
}

async function draft(kit: Kit, id: string): Promise<ReleaseRow> {
  const row = await findRelease(kit.db, id);
  if (row === undefined) throw new AppError('not_found');
  if (row.state !== 'draft') throw new AppError('release_state');
  return row;
}

/** What was handed to the offline keys is taken back: they would sign something else. */
function change(
  kit: Kit,
  hooks: ReleaseHooks,
  author: Author,
  before: ReleaseRow,
  action: string,
  values: Parameters<typeof updateReleaseRow>[2],
  also: (tx: Tx) => Promise<void> = async () => {},
): Promise<ReleaseRow> {
  return inTransaction(kit.db, async (tx) => {
    await hooks.trust.removeTarget(tx, targetOf(before.version));
    await lockUnchanged(tx, before);
    await also(tx);
    const after = await updateReleaseRow(tx, before.id, {
      ...values,
      updated_at: instantText(kit.clock.now()),
    });
    await record(kit, tx, author, action, before, after);
    return after;
  });
}

/** What was made for the release as it was must not be put to another. */
export async function lockUnchanged(tx: Tx, before: ReleaseRow): Promise<void> {
  const now = await lockRelease(tx, before.id);
  if (now === undefined) throw new AppError('not_found');
  if (now.state !== before.state) throw new AppError('release_state');
  const differs = JSON.stringify(presentRelease(now)) !== JSON.stringify(presentRelease(before));
  if (differs) throw new AppError('conflict');
}
