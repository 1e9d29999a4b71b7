import { inTransaction, type Tx } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { makeKey, type RoleKeys, type Signature, type SigningKey, signaturesOf } from '#release-metadata';
import {
  type Accepted,
  acceptSignatures,
  exportSigning,
  initTrust,
  type TrustHooks,
} from '../../server/modules/trust/index.ts';

export const author = systemAuthor('test');

export interface OfflineSet {
  readonly root: readonly SigningKey[];
  readonly targets: readonly SigningKey[];
  readonly director: readonly SigningKey[];
}

/** Keys of people: two of root must sign, and two of targets; one of two directors. */
export const newSet = (): OfflineSet => ({
  root: [makeKey(), makeKey(), makeKey()],
  targets: [makeKey(), makeKey()],
  director: [makeKey(), makeKey()],
});

export const roleOf = (keys: readonly SigningKey[], threshold = keys.length): RoleKeys => ({
  keys: keys.map((key) => key.publicKey),
  threshold,
});

/** Signs everything that waits with the keys, each where it may, and hands it in. */
export async function signAll(kit: Kit, hooks: TrustHooks, keys: Partial<OfflineSet>): Promise<Accepted> {
  const waiting = await exportSigning(kit.db, { after: undefined, most: 500 });
  const sign = (signed: unknown, by: readonly SigningKey[] = []): Signature[] => signaturesOf(signed, by);
  return await acceptSignatures(kit, author, hooks, {
    metadata: waiting.metadata
      .map(({ role, version, signed }) => ({ role, version, signatures: sign(signed, keys[role]) }))
      .filter(({ signatures }) => signatures.length > 0),
    documents: waiting.documents
      .map(({ id, signed }) => ({ id, signatures: sign(signed, keys.director) }))
      .filter(({ signatures }) => signatures.length > 0),
  });
}

/** A vendor whose keys are set up and have signed, and with them what `also` adds before. */
export async function setUp(
  kit: Kit,
  hooks: TrustHooks,
  set: OfflineSet,
  also: (tx: Tx) => Promise<unknown> = async () => {},
): Promise<void> {
  await initTrust(kit, author, {
    root: roleOf(set.root, 2),
    targets: roleOf(set.targets),
    director: roleOf(set.director, 1),
  });
  await inTransaction(kit.db, also);
  await signAll(kit, hooks, set);
}
