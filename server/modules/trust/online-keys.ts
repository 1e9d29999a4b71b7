import type { KeyObject } from 'node:crypto';
import { instantText } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { keyObjectOf, keyOfSecret, makeKey, type SigningKey, secretOf } from '#release-metadata';
import { insertOnlineKey, type OnlineKeyRow, readOnlineKeys } from './key-queries.ts';

/** What this server signs with: tokens carry `kid`, which is TUF's id of the key. */
export interface OnlineKey extends SigningKey {
  readonly kid: string;
}

/** What this server's signatures are verified with. */
export interface OnlinePublicKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  /**
   * believed: what it signed may still be valid; retired: all that it signed is over, and says only who asks for something newer;
   * compromised: others may sign with it, so what it signed says nothing.
   */
  readonly standing: 'believed' | 'retired' | 'compromised';
}

/** Tokens last for 30 days (decisions.md, License wire): so long is a key believed after its last signature. */
const believedDays = 31;

const rememberedMs = 2000;
const remembered = new WeakMap<Kit, { readonly key: OnlineKey; readonly until: number }>();

/**
 * The key that signs now, made and sealed on first need. Remembered for two seconds, since each token needs it; one that
 * retired meanwhile is still believed.
 */
export async function currentOnlineKey(kit: Kit, db: Db): Promise<OnlineKey> {
  const now = kit.clock.now().epochMilliseconds;
  const known = remembered.get(kit);
  if (known !== undefined && now < known.until) return known.key;
  const row = (await readOnlineKeys(db)).find(({ state }) => state === 'current');
  // One made here may be undone with the caller's transaction, so it is not remembered yet.
  if (row === undefined) return await makeFirst(kit, db);
  const key = opened(kit, row);
  remembered.set(kit, { key, until: now + rememberedMs });
  return key;
}

/** Another key signs from now on. */
export function forgetCurrentKey(kit: Kit): void {
  remembered.delete(kit);
}

/** Public keys of all that this server ever signed with, and of the one it is about to sign with. */
export async function onlineKeys(kit: Kit, db: Db): Promise<readonly OnlinePublicKey[]> {
  const rows = await readOnlineKeys(db);
  const listed = believed(rows, kit.clock.now());
  return rows.map((row) => ({
    kid: row.id,
    publicKey: keyObjectOf(row.public_key),
    standing: row.compromised ? 'compromised' : listed.includes(row) ? 'believed' : 'retired',
  }));
}

/** Those that root and targets should list: without what is long retired, or in somebody else's hands. */
export function believed(rows: readonly OnlineKeyRow[], now: Temporal.Instant): readonly OnlineKeyRow[] {
  const since = instantText(now.subtract({ hours: 24 * believedDays }));
  return rows.filter(
    (row) => !row.compromised && (row.state !== 'retired' || (row.retired_at ?? since) > since),
  );
}

/** A key as it is kept. */
export function sealedKey(kit: Kit): Pick<OnlineKeyRow, 'id' | 'public_key' | 'sealed_key'> {
  const key = makeKey();
  const sealed = kit.secrets.seal(secretOf(key), purposeOf(key.id));
  return { id: key.id, public_key: key.publicKey, sealed_key: sealed };
}

function opened(kit: Kit, row: OnlineKeyRow): OnlineKey {
  if (row.sealed_key === null) throw new Error('The online key of now is forgotten.');
  const key = keyOfSecret(row.public_key, kit.secrets.open(row.sealed_key, purposeOf(row.id)));
  return { ...key, kid: key.id };
}

async function makeFirst(kit: Kit, db: Db): Promise<OnlineKey> {
  await insertOnlineKey(db, sealedKey(kit), 'current', instantText(kit.clock.now()));
  const row = (await readOnlineKeys(db)).find(({ state }) => state === 'current');
  if (row === undefined) throw new Error('There is no online key, though one was just made.');
  return opened(kit, row);
}

const purposeOf = (id: string) => `trust_keys ${id}`;
