import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import {
  type RoleKeys,
  roleOfDocuments,
  roleOfRoot,
  rootMetadata,
  sameSigned,
  type Target,
  type TargetsMetadata,
  targetsMetadata,
} from '#release-metadata';
import { readOnlineKeys } from './key-queries.ts';
import { insertMetadata, withdrawTargets, writeMetadata } from './metadata-queries.ts';
import { believed, currentOnlineKey } from './online-keys.ts';
import { addedPaths, nextVersion, readTrust, rowOf, type Trust } from './state.ts';

/** How long offline signatures are good for. */
const rootDays = 365;
const targetsDays = 180;

/** Keys of people: what of them changes. */
export interface OfflineKeys {
  readonly root?: RoleKeys | undefined;
  readonly targets?: RoleKeys | undefined;
  readonly director?: RoleKeys | undefined;
}

/**
 * Puts the next root there to be signed: that of now with other keys, and with the online keys as they are listed now. What was
 * signed of an earlier one that waits is void, since a root has but one number to follow with.
 */
export async function proposeRoot(kit: Kit, tx: Tx, keys: OfflineKeys): Promise<void> {
  const trust = await readTrust(tx);
  const base = (trust.nextRoot ?? trust.root)?.envelope.signed;
  const root = keys.root ?? (base && roleOfRoot(base, 'root'));
  const targets = keys.targets ?? (base && roleOfRoot(base, 'targets'));
  if (root === undefined || targets === undefined) throw new AppError('trust_not_set_up');
  const now = kit.clock.now();
  const edition = { version: (trust.root?.version ?? 0) + 1, expires: now.add({ hours: 24 * rootDays }) };
  const signed = rootMetadata(edition, { root, targets, online: await listedKeys(kit, tx) });
  await insertMetadata(tx, rowOf({ signed, signatures: [] }, 'waiting'), instantText(now));
}

/**
 * Puts the next targets there to be signed: the newest there are, changed. What waited before is withdrawn, with its number; what
 * was signed may still be published. Nothing is to be signed where it would only say what live ones say, unless it is to
 * say it for longer.
 */
export async function proposeTargets(
  kit: Kit,
  tx: Tx,
  change: {
    readonly files?: (targets: Readonly<Record<string, Target>>) => Readonly<Record<string, Target>>;
    readonly director?: RoleKeys | undefined;
    readonly renew?: boolean;
  },
): Promise<void> {
  const trust = await readTrust(tx);
  const base = (trust.pending.at(-1) ?? trust.targets)?.envelope.signed;
  const director = change.director ?? (base && roleOfDocuments(base, 'director'));
  if (director === undefined) throw new AppError('trust_not_set_up');
  const now = kit.clock.now();
  const edition = {
    version: nextVersion(trust, 'targets', now),
    expires: now.add({ hours: 24 * targetsDays }),
  };
  const files = change.files?.(base?.targets ?? {}) ?? base?.targets ?? {};
  const signed = targetsMetadata(edition, files, { director, online: await listedKeys(kit, tx) });
  await withdrawWaiting(tx, trust, signed);
  const live = trust.targets?.envelope.signed;
  const saysNothing = live !== undefined && saysSame(live, signed) && change.renew !== true;
  if (saysNothing) return;
  await insertMetadata(tx, rowOf({ signed, signatures: [] }, 'waiting'), instantText(now));
}

/** A signed one that would publish a file which is no longer wanted must not be used any more either. */
async function withdrawWaiting(tx: Tx, trust: Trust, next: TargetsMetadata): Promise<void> {
  const live = trust.targets?.envelope.signed;
  for (const { version, state, envelope } of trust.pending) {
    const unwanted = addedPaths(envelope.signed, live).some(
      (path) => next.targets[path]?.hashes.sha256 !== envelope.signed.targets[path]?.hashes.sha256,
    );
    if (state === 'waiting' || unwanted) await writeMetadata(tx, 'targets', version, { state: 'withdrawn' });
  }
}

function saysSame(left: TargetsMetadata, right: TargetsMetadata): boolean {
  const said = ({ targets, delegations }: TargetsMetadata) => ({ targets, delegations });
  return sameSigned(said(left), said(right));
}

/** The online keys that metadata is to list; the first is made here. */
async function listedKeys(kit: Kit, tx: Tx): Promise<RoleKeys> {
  await currentOnlineKey(kit, tx);
  const rows = believed(await readOnlineKeys(tx), kit.clock.now());
  return { keys: rows.map((row) => row.public_key), threshold: 1 };
}

/** Makes them live; what was to come before them never will. */
export async function promoteTargets(tx: Tx, version: number): Promise<void> {
  await writeMetadata(tx, 'targets', version, { state: 'live' });
  await withdrawTargets(tx, version - 1);
}
