import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import {
  type Envelope,
  type Metadata,
  signaturesOf,
  snapshotMetadata,
  timestampMetadata,
} from '#release-metadata';
import { forgetTimestamps, insertMetadata } from './metadata-queries.ts';
import { currentOnlineKey } from './online-keys.ts';
import { nextVersion, readTrust, rowOf } from './state.ts';

/** Installations that ask no server for so long are not led by one that stands still (TUF's freeze attack). */
const snapshotDays = 14;
const timestampDays = 3;

/** Signs a snapshot of the live targets, and a timestamp of it. */
export async function signSnapshot(kit: Kit, tx: Tx): Promise<void> {
  const trust = await readTrust(tx);
  if (trust.targets === undefined) return;
  const now = kit.clock.now();
  const edition = {
    version: nextVersion(trust, 'snapshot', now),
    expires: now.add({ hours: 24 * snapshotDays }),
  };
  await signAndPut(kit, tx, snapshotMetadata(edition, trust.targets));
  await signTimestamp(kit, tx);
}

/** Signs a timestamp of the live snapshot. */
export async function signTimestamp(kit: Kit, tx: Tx): Promise<void> {
  const trust = await readTrust(tx);
  if (trust.snapshot === undefined) return;
  const now = kit.clock.now();
  const edition = {
    version: nextVersion(trust, 'timestamp', now),
    expires: now.add({ hours: 24 * timestampDays }),
  };
  await signAndPut(kit, tx, timestampMetadata(edition, trust.snapshot));
  await forgetTimestamps(tx, edition.version);
}

async function signAndPut(kit: Kit, tx: Tx, signed: Metadata): Promise<void> {
  const key = await currentOnlineKey(kit, tx);
  const envelope: Envelope<Metadata> = { signed, signatures: signaturesOf(signed, [key]) };
  await insertMetadata(tx, rowOf(envelope, 'live'), instantText(kit.clock.now()));
}
