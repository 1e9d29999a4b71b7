import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import { enqueue } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import {
  isSignedBy,
  keyIdOf,
  type RootMetadata,
  roleOfDocuments,
  roleOfRoot,
  sameSigned,
  type TargetsMetadata,
} from '#release-metadata';
import { promoteTargets } from './compose.ts';
import { askAgain } from './documents.ts';
import type { SignedFile, TrustHooks } from './hooks.ts';
import { noteListed, readOnlineKeys, takeTurns } from './key-queries.ts';
import { writeMetadata } from './metadata-queries.ts';
import { forgetCurrentKey } from './online-keys.ts';
import { renewDocumentsJob } from './renew-documents.ts';
import { signSnapshot } from './sign-online.ts';
import { addedPaths, type Held, isNextRoot, readTrust, type Trust } from './state.ts';

/** For so long after root and targets list a key, it does not sign yet, so that whoever is slow knows it before. */
const listedHours = 24;
/** So near their end live targets are followed by signed ones, even where nobody has published what these add. */
const urgentDays = 14;

/**
 * Draws the consequences of signatures, keys and time, under {@link lockTrust}: what is complete goes live, and what the online key
 * says of it follows in the same transaction. Done again it changes nothing.
 */
export async function settle(kit: Kit, tx: Tx, hooks: TrustHooks): Promise<void> {
  const before = await readTrust(tx);
  await settleRoot(kit, tx, before);
  await settleTargets(kit, tx);
  const turned = await settleKeys(kit, tx);
  const after = await readTrust(tx);
  const known = vouchedFor(before);
  const fresh = [...vouchedFor(after)].filter(([file]) => !known.has(file)).map(([, file]) => file);
  if (fresh.length > 0) await hooks.afterSigned(tx, fresh, instantText(kit.clock.now()));
  if (after.root === undefined || after.targets === undefined) return;
  const changed =
    before.root?.version !== after.root.version || before.targets?.version !== after.targets.version;
  if (changed || turned) await signSnapshot(kit, tx);
  if (turned) await enqueue(tx, [renewDocumentsJob]);
  if (before.targets?.version !== after.targets.version) {
    await askAgain(kit, tx, roleOfDocuments(after.targets.envelope.signed, 'director'));
  }
}

/** The files that enough offline keys have signed, published or not, by what they are. */
function vouchedFor({ root, targets, pending }: Trust): ReadonlyMap<string, SignedFile> {
  const signed = [targets, ...pending.filter(({ state }) => root !== undefined && state === 'signed')];
  return new Map(
    signed.flatMap((held) =>
      Object.entries(held?.envelope.signed.targets ?? {}).map(
        ([path, { hashes }]) => [`${path} ${hashes.sha256}`, { path, sha256: hashes.sha256 }] as const,
      ),
    ),
  );
}

/** A root goes live together with targets that its keys have signed: without them nobody could follow it any further. */
async function settleRoot(kit: Kit, tx: Tx, { root, nextRoot, targets, pending }: Trust): Promise<void> {
  if (nextRoot === undefined || isOver(kit, nextRoot) || !isNextRoot(nextRoot.envelope, root?.envelope))
    return;
  const role = roleOfRoot(nextRoot.envelope.signed, 'targets');
  const fitting = [...(targets === undefined ? [] : [targets]), ...pending].findLast(
    (held) => isSignedBy(held.envelope, role) && !isOver(kit, held),
  );
  if (fitting === undefined) return;
  await writeMetadata(tx, 'root', nextRoot.version, { state: 'live' });
  const liveFits = targets !== undefined && isSignedBy(targets.envelope, role);
  if (!liveFits) await promoteTargets(tx, fitting.version);
}

async function settleTargets(kit: Kit, tx: Tx): Promise<void> {
  const { root, targets: live, pending } = await readTrust(tx);
  if (root === undefined) return;
  const signed = await judge(tx, root.envelope.signed, pending);
  const newest = signed.filter((held) => !isOver(kit, held)).at(-1);
  if (newest === undefined) return;
  const said = live?.envelope.signed;
  const added = addedPaths(newest.envelope.signed, said);
  const removes = Object.keys(said?.targets ?? {}).some(
    (path) => newest.envelope.signed.targets[path] === undefined,
  );
  const urgent = live === undefined || daysLeft(kit, live) < urgentDays;
  // What takes a file away, changes keys or adds nothing waits for nobody; what only adds a file waits until it is published.
  if (added.length === 0 || removes || urgent || changesKeys(newest.envelope.signed, said))
    await promoteTargets(tx, newest.version);
}

/** Other directors, or another online key: such changes may be urgent. One that is long retired may stay listed for a while. */
function changesKeys(next: TargetsMetadata, live: TargetsMetadata | undefined): boolean {
  if (live === undefined) return true;
  const online = roleOfDocuments(live, 'online').keys.map(keyIdOf);
  return (
    !sameSigned(roleOfDocuments(next, 'director'), roleOfDocuments(live, 'director')) ||
    roleOfDocuments(next, 'online').keys.some((key) => !online.includes(keyIdOf(key)))
  );
}

/** Notes which of them the root's keys have signed; keys may have changed since. */
async function judge(tx: Tx, root: RootMetadata, pending: Trust['pending']): Promise<Trust['pending']> {
  const role = roleOfRoot(root, 'targets');
  const signed = pending.filter((held) => isSignedBy(held.envelope, role));
  for (const held of pending) {
    const state = signed.includes(held) ? 'signed' : held === pending.at(-1) ? 'waiting' : 'withdrawn';
    if (state !== held.state) await writeMetadata(tx, 'targets', held.version, { state });
  }
  return signed;
}

/** A new online key takes over a day after all may know it; at once where the old one is believed no more. */
async function settleKeys(kit: Kit, tx: Tx): Promise<boolean> {
  const { root, targets } = await readTrust(tx);
  if (root === undefined || targets === undefined) return false;
  const inRoot = new Set(root.envelope.signed.roles.timestamp.keyids);
  const online = targets.envelope.signed.delegations.roles.find(({ name }) => name === 'online');
  const listed = new Set((online?.keyids ?? []).filter((id) => inRoot.has(id)));
  await noteListed(tx, [...listed], instantText(kit.clock.now()));
  const keys = await readOnlineKeys(tx);
  const next = keys.find(({ state }) => state === 'new');
  const current = keys.find(({ state }) => state === 'current');
  if (next === undefined || current === undefined || !inRoot.has(next.id)) return false;
  const since = next.listed_at === null ? undefined : Temporal.Instant.from(next.listed_at);
  const known = since !== undefined && kit.clock.now().since(since).total('hours') >= listedHours;
  if (inRoot.has(current.id) && !known) return false;
  await takeTurns(tx, instantText(kit.clock.now()));
  forgetCurrentKey(kit);
  return true;
}

export function daysLeft(kit: Kit, { expiresAt }: Pick<Held<never>, 'expiresAt'>): number {
  return Temporal.Instant.from(expiresAt).since(kit.clock.now()).total('hours') / 24;
}

const isOver = (kit: Kit, held: Pick<Held<never>, 'expiresAt'>) => daysLeft(kit, held) <= 0;
