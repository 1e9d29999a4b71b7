import { join } from 'node:path';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import {
  type Bytes,
  changedFiles,
  changesBetween,
  type Manifest,
  type ManifestFile,
  makeDelta,
  parseManifest,
  zipOf,
} from '#release-metadata';
import { findPatch, insertPatch, type KnownPatch, notePatchUse, type PatchKind } from './patch-queries.ts';
import { findVersion, type ReleaseRow } from './queries.ts';
import { writeHashed } from './stage.ts';
import { inSpool, keepBlobs } from './store/keep.ts';
import { storeOf } from './store/store.ts';

/** What leads to a release, as a blob of the store. */
export type Patch = Pick<KnownPatch, 'kind' | 'hash' | 'size' | 'changes'>;

/** From these an installation may come: what was once offered. */
const origins = ['published', 'held', 'yanked'];
const perKit = new WeakMap<
  Kit,
  { readonly making: Map<string, Promise<KnownPatch | undefined>>; last: Promise<unknown> }
>();

/**
 * What leads from one version to another, which has to be offered; also back. Made when first asked for, by one however many ask, and
 * kept. The whole package where `from` is unknown to us, or none is told. Undefined where there is no way: `to` is not offered, or
 * the two differ by more than a delta can hold.
 * @throws {AppError} release_store
 */
export async function patchFor(
  kit: Kit,
  from: string | undefined,
  to: string,
  kind: PatchKind,
): Promise<Patch | undefined> {
  const target = await findVersion(kit.db, to);
  if (target?.state !== 'published') return undefined;
  const known = from === undefined || kind === 'full' ? undefined : await findVersion(kit.db, from);
  const origin = known !== undefined && origins.includes(known.state) ? known : undefined;
  const wanted: Wanted = { from: origin, to: target, kind: origin === undefined ? 'full' : kind };
  const found = (await findPatch(kit.db, keysOf(wanted))) ?? (await makeOnce(kit, wanted));
  if (found === undefined) return undefined;
  await noteUse(kit, found);
  return found;
}

/** The whole package of an offered release, if it was made. */
export function madePackage(kit: Kit, { id }: ReleaseRow): Promise<Patch | undefined> {
  return findPatch(kit.db, { fromId: null, toId: id, kind: 'full' });
}

interface Wanted {
  readonly from: ReleaseRow | undefined;
  readonly to: ReleaseRow;
  readonly kind: PatchKind;
}

const keysOf = ({ from, to, kind }: Wanted) => ({ fromId: from?.id ?? null, toId: to.id, kind });

/** Many ask at once for what is new; and one is made after the other, since a delta may take a gigabyte. */
function makeOnce(kit: Kit, wanted: Wanted): Promise<KnownPatch | undefined> {
  const own = perKit.get(kit) ?? { making: new Map(), last: Promise.resolve() };
  perKit.set(kit, own);
  const key = JSON.stringify(keysOf(wanted));
  const running = own.making.get(key);
  if (running !== undefined) return running;
  const made = own.last.then(() => make(kit, wanted)).finally(() => own.making.delete(key));
  own.making.set(key, made);
  own.last = made.catch(() => {});
  return made;
}

async function make(kit: Kit, wanted: Wanted): Promise<KnownPatch | undefined> {
  const { from, to, kind } = wanted;
  // Another node may have made it while this one waited for its turn.
  const meanwhile = await findPatch(kit.db, keysOf(wanted));
  if (meanwhile !== undefined) return meanwhile;
  const [old, next] = [from && (await readManifest(kit, from)), await readManifest(kit, to)];
  if (next === undefined || (from !== undefined && old === undefined)) return undefined;
  const bytes = await bytesFor(kit, kind, old, next);
  if (bytes === undefined) return undefined;
  const changes = changesBetween(old?.files ?? [], next.files);
  return inSpool(kit, async (folder) => {
    const file = join(folder, 'patch');
    const { hash, size } = await writeHashed(file, bytes);
    await keepBlobs(kit, [{ hash, size, file }]);
    const at = instantText(kit.clock.now());
    await inTransaction(kit.db, (tx) =>
      insertPatch(tx, { ...keysOf(wanted), id: newId(kit.clock), hash, size, changes, at }),
    );
    return findPatch(kit.db, keysOf(wanted));
  });
}

async function bytesFor(
  kit: Kit,
  kind: PatchKind,
  old: Manifest | undefined,
  next: Manifest,
): Promise<Bytes | undefined> {
  const store = storeOf(kit);
  const open = async ({ hash }: ManifestFile) => store.open(hash);
  if (old === undefined || kind === 'full') return zipOf(next.files, open);
  if (kind === 'zip') return zipOf(changedFiles(old, next), open);
  return makeDelta(old, next, { from: open, to: open });
}

/** Undefined for a release without files. */
async function readManifest(kit: Kit, { manifest_hash: hash }: ReleaseRow): Promise<Manifest | undefined> {
  if (hash === null) return undefined;
  return parseManifest(Buffer.concat(await Array.fromAsync(storeOf(kit).open(hash))));
}

/** Once a day is enough to know what is asked for no more. */
async function noteUse(kit: Kit, { id, last_used_at: last }: KnownPatch): Promise<void> {
  const now = kit.clock.now();
  if (now.since(Temporal.Instant.from(last)).total('hours') < 24) return;
  await notePatchUse(kit.db, id, instantText(now));
}
