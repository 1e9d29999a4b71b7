import type { z } from 'zod';
import type { signingRequestSchema, trustSchema } from '#contract';
import {
  type Envelope,
  keyIdOf,
  type Metadata,
  type RoleKeys,
  roleOfDocuments,
  roleOfRoot,
} from '#release-metadata';
import type { DocumentRow } from './document-queries.ts';
import { envelopeOf } from './documents.ts';
import type { OnlineKeyRow } from './key-queries.ts';
import { addedPaths, type Held, type Trust } from './state.ts';

export function presentTrust(
  trust: Trust,
  keys: readonly OnlineKeyRow[],
  documentsWaiting: number,
): z.input<typeof trustSchema> {
  const { root, targets, nextRoot, pending } = trust;
  const live = targets?.envelope.signed;
  return {
    root: presentLive(root),
    targets: presentLive(targets),
    snapshot: presentLive(trust.snapshot),
    timestamp: presentLive(trust.timestamp),
    roles:
      root === undefined || live === undefined
        ? null
        : {
            root: presentRole(roleOfRoot(root.envelope.signed, 'root')),
            targets: presentRole(roleOfRoot(root.envelope.signed, 'targets')),
            director: presentRole(roleOfDocuments(live, 'director')),
          },
    online_keys: keys.map(({ id, state, compromised, created_at, retired_at }) => ({
      id,
      state,
      compromised,
      created_at,
      retired_at,
    })),
    waiting: [
      ...(nextRoot === undefined ? [] : [{ ...presentWaiting('root', nextRoot), adds: [], removes: [] }]),
      ...pending.map((held) => ({
        ...presentWaiting('targets', held),
        adds: addedPaths(held.envelope.signed, live),
        removes: Object.keys(live?.targets ?? {}).filter((path) => !(path in held.envelope.signed.targets)),
      })),
    ],
    documents_waiting: documentsWaiting,
  };
}

/** What is to be signed; the newest of what waits, as older ones are part of it. */
export function presentSigning(
  { root, targets, nextRoot, pending }: Trust,
  documents: readonly DocumentRow[],
  nextAfter: string | null,
): z.input<typeof signingRequestSchema> {
  const waiting = pending.filter(({ state }) => state === 'waiting');
  return {
    format: 'nadi-signing-1',
    live: { root: root ? presentEnvelope(root) : null, targets: targets ? presentEnvelope(targets) : null },
    metadata: [
      ...(nextRoot === undefined
        ? []
        : [{ role: 'root' as const, version: nextRoot.version, ...presentEnvelope(nextRoot) }]),
      ...waiting.map((held) => ({
        role: 'targets' as const,
        version: held.version,
        ...presentEnvelope(held),
      })),
    ],
    documents: documents.map((row) => ({ id: row.id, ...open(envelopeOf(row)) })),
    next_after: nextAfter,
  };
}

const presentEnvelope = (held: Held<Metadata>) => open(held.envelope);

const open = ({ signed, signatures }: Envelope<object>) => ({
  signed: { ...signed },
  signatures: [...signatures],
});

const presentLive = (held: Held<Metadata> | undefined) =>
  held === undefined ? null : { version: held.version, expires_at: held.expiresAt };

function presentRole({ keys, threshold }: RoleKeys) {
  return { keys: keys.map(keyIdOf), threshold };
}

function presentWaiting<R extends 'root' | 'targets'>(
  role: R,
  { version, state, expiresAt, envelope }: Held<Metadata>,
) {
  return {
    role,
    version,
    state: state === 'signed' ? ('signed' as const) : ('waiting' as const),
    expires_at: expiresAt,
    signed_by: envelope.signatures.map(({ keyid }) => keyid),
  };
}
