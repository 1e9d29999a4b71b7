import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { type Author, systemAuthor } from '#kit/http/call.ts';
import { enqueue } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { lockUnchanged } from './change-release.ts';
import type { ReleaseHooks } from './hooks.ts';
import { targetOf, versionOfTarget } from './manifest-of.ts';
import {
  draftsWithFiles,
  findRelease,
  lockRelease,
  markSigned,
  type ReleaseRow,
  updateReleaseRow,
} from './queries.ts';
import { record } from './record.ts';

/** The job that makes whole packages of what is offered. */
export const prepareJob = { name: 'releases.prepare', payload: {}, key: 'releases.prepare' };

// What trust does comes first: its lock is taken before those on releases, here as where it marks what was signed.

/** Hands a draft to the offline keys. @throws {AppError} not_found, release_state, release_empty */
export async function submitRelease(
  kit: Kit,
  { trust }: ReleaseHooks,
  author: Author,
  id: string,
): Promise<ReleaseRow> {
  const row = await found(kit, id);
  await inTransaction(kit.db, (tx) => submitAll(kit, tx, trust, author, [row]));
  return row;
}

/**
 * Hands drafts in that were not yet, all of them or none: these, or all that have files. What is signed already is passed over. Gives the
 * versions that were handed in.
 * @throws {AppError} release_state, release_empty
 */
export async function submitDrafts(
  kit: Kit,
  { trust }: ReleaseHooks,
  author: Author,
  rows?: readonly ReleaseRow[],
): Promise<readonly string[]> {
  const drafts = rows?.filter(({ state }) => state !== 'signed') ?? (await draftsWithFiles(kit.db));
  return inTransaction(kit.db, (tx) => submitAll(kit, tx, trust, author, drafts));
}

async function submitAll(
  kit: Kit,
  tx: Tx,
  trust: ReleaseHooks['trust'],
  author: Author,
  rows: readonly ReleaseRow[],
): Promise<readonly string[]> {
  const added: ReleaseRow[] = [];
  for (const row of rows) {
    if (row.state !== 'draft') throw new AppError('release_state');
    const { version, manifest_hash: sha256, manifest_size: length, channel } = row;
    if (sha256 === null || length === null) throw new AppError('release_empty');
    const target = { path: targetOf(version), sha256, length: Number(length), custom: { channel } };
    if (await trust.addTarget(tx, target)) added.push(row);
  }
  for (const row of added) {
    await lockUnchanged(tx, row);
    await record(kit, tx, author, 'release.submitted', undefined, row);
  }
  return added.map(({ version }) => version);
}

/**
 * What trust tells as soon as offline keys have signed files: drafts whose manifests they are are signed. What was signed of a draft as it
 * was before says nothing of it. In trust's transaction.
 */
export async function releasesSigned(
  kit: Kit,
  tx: Tx,
  files: readonly { readonly path: string; readonly sha256: string }[],
  at: string,
): Promise<void> {
  const manifests = files.flatMap(({ path, sha256 }) => {
    const version = versionOfTarget(path);
    return version === undefined ? [] : [{ version, sha256 }];
  });
  for (const row of await markSigned(tx, manifests, at))
    await record(kit, tx, systemAuthor('trust'), 'release.signed', { ...row, state: 'draft' }, row);
}

/** Offers a signed release. Of two at once, one waits for the other. @throws {AppError} not_found, release_state */
export async function publishRelease(
  kit: Kit,
  { trust }: ReleaseHooks,
  author: Author,
  id: string,
): Promise<ReleaseRow> {
  const { version, state, manifest_hash: sha256 } = await found(kit, id);
  if (state !== 'signed' || sha256 === null) throw new AppError('release_state');
  return inTransaction(kit.db, async (tx) => {
    // A manifest is not changed once it is signed: the database sees to that.
    await trust.publishTarget(tx, { path: targetOf(version), sha256 });
    const at = instantText(kit.clock.now());
    const row = await move(kit, tx, author, 'release.published', id, ['signed'], {
      state: 'published',
      published_at: at,
    });
    await enqueue(tx, [prepareJob]);
    return row;
  });
}

/** Offers a release to nobody for now; what is held already stays so. In the caller's transaction. @throws {AppError} not_found, release_state */
export async function holdRelease(
  kit: Kit,
  tx: Tx,
  author: Author,
  id: string,
  reason: string,
): Promise<ReleaseRow> {
  return move(kit, tx, author, 'release.held', id, ['published', 'held'], {
    state: 'held',
    state_reason: reason,
  });
}

/** Offers a held release again; nothing changes where it is offered. @throws {AppError} not_found, release_state */
export async function unholdRelease(kit: Kit, tx: Tx, author: Author, id: string): Promise<ReleaseRow> {
  return move(kit, tx, author, 'release.unheld', id, ['held', 'published'], {
    state: 'published',
    state_reason: null,
  });
}

/** Never offers a release again. @throws {AppError} not_found, release_state */
export async function yankRelease(
  kit: Kit,
  { trust }: ReleaseHooks,
  author: Author,
  id: string,
  reason: string,
): Promise<ReleaseRow> {
  const { version, state } = await found(kit, id);
  if (state === 'draft') throw new AppError('release_state');
  return inTransaction(kit.db, async (tx) => {
    await trust.removeTarget(tx, targetOf(version));
    return move(kit, tx, author, 'release.yanked', id, ['signed', 'published', 'held', 'yanked'], {
      state: 'yanked',
      state_reason: reason,
    });
  });
}

async function found(kit: Kit, id: string): Promise<ReleaseRow> {
  const row = await findRelease(kit.db, id);
  if (row === undefined) throw new AppError('not_found');
  return row;
}

type State = 'signed' | 'published' | 'held' | 'yanked';

/** Nothing changes, and nobody is told, where it is in that state already. */
async function move(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  id: string,
  from: readonly State[],
  to: { readonly state: State; readonly state_reason?: string | null; readonly published_at?: string },
): Promise<ReleaseRow> {
  const before = await lockRelease(tx, id);
  if (before === undefined) throw new AppError('not_found');
  if (!from.some((state) => state === before.state)) throw new AppError('release_state');
  if (before.state === to.state) return before;
  try {
    const after = await updateReleaseRow(tx, id, { ...to, updated_at: instantText(kit.clock.now()) });
    await record(kit, tx, author, action, before, after);
    return after;
  } catch (error) {
    if (violatedConstraint(error) === 'releases_moves') throw new AppError('release_state');
    throw error;
  }
}
