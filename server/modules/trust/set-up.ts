import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { keyIdOf, type RoleKeys } from '#release-metadata';
import { recordChanges } from '../audit/index.ts';
import { type OfflineKeys, proposeRoot, proposeTargets } from './compose.ts';
import type { TrustHooks } from './hooks.ts';
import { insertOnlineKey, markCompromised, readOnlineKeys } from './key-queries.ts';
import { lockTrust } from './metadata-queries.ts';
import { sealedKey } from './online-keys.ts';
import { settle } from './settle.ts';
import { readTrust } from './state.ts';

/**
 * Puts the first root and targets there, to be signed by their keys; they go live together. Until then it may be done again with other keys.
 * @throws {AppError} trust_set_up where a root is live.
 */
export function initTrust(kit: Kit, author: Author, keys: Required<OfflineKeys>): Promise<void> {
  return inTransaction(kit.db, async (tx) => {
    await lockTrust(tx);
    if ((await readTrust(tx)).root !== undefined) throw new AppError('trust_set_up');
    await proposeRoot(kit, tx, keys);
    await proposeTargets(kit, tx, { director: keys.director });
    await record(kit, tx, author, 'trust.initialised', keys);
  });
}

export interface Rotation extends OfflineKeys {
  /** A new online key; `compromised`: nothing that those until now signed is believed any more. */
  readonly online?: 'new' | 'compromised' | undefined;
}

/**
 * Puts a root and targets with other keys there to be signed, or the same ones for longer. A root needs signatures of the keys before
 * and of its own; it goes live together with targets that its keys have signed.
 * @throws {AppError} trust_not_set_up.
 */
export function rotateTrust(kit: Kit, author: Author, rotation: Rotation): Promise<void> {
  return inTransaction(kit.db, async (tx) => {
    await lockTrust(tx);
    if ((await readTrust(tx)).root === undefined) throw new AppError('trust_not_set_up');
    if (rotation.online !== undefined) await addOnlineKey(kit, tx, rotation.online);
    await proposeRoot(kit, tx, rotation);
    await proposeTargets(kit, tx, { director: rotation.director, renew: true });
    await record(kit, tx, author, 'trust.rotated', rotation);
  });
}

async function addOnlineKey(kit: Kit, tx: Tx, how: 'new' | 'compromised'): Promise<void> {
  const at = instantText(kit.clock.now());
  if (how === 'compromised') await markCompromised(tx, at);
  // One that was added before and does not sign yet will do.
  if ((await readOnlineKeys(tx)).some(({ state }) => state === 'new')) return;
  await insertOnlineKey(tx, sealedKey(kit), 'new', at);
}

/** Puts what is near its end there to be signed for longer, and draws the consequences of time. */
export async function renew(
  kit: Kit,
  tx: Tx,
  hooks: TrustHooks,
  near: readonly ('root' | 'targets')[],
): Promise<void> {
  if (near.includes('root')) await proposeRoot(kit, tx, {});
  if (near.includes('targets')) await proposeTargets(kit, tx, { renew: true });
  await settle(kit, tx, hooks);
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  { online, ...keys }: Rotation,
): Promise<void> {
  const named = Object.entries(keys).map(([role, value]: [string, RoleKeys | undefined]) => [
    role,
    value === undefined ? undefined : { keys: value.keys.map(keyIdOf), threshold: value.threshold },
  ]);
  const after = { ...Object.fromEntries(named), online };
  return recordChanges(tx, kit.clock, author, [{ action, subjectType: 'trust', subjectId: null, after }]);
}
