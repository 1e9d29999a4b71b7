import type { Db } from '#kit/db.ts';
import {
  type Envelope,
  isSignedBy,
  type Metadata,
  metadataBytes,
  type RootMetadata,
  roleOfRoot,
  type TargetsMetadata,
} from '#release-metadata';
import { highestVersions, type MetadataRow, readMetadataRows } from './metadata-queries.ts';

/** Metadata of a role as it stands in the database. */
export interface Held<T extends Metadata> {
  readonly version: number;
  readonly state: MetadataRow['state'];
  readonly envelope: Envelope<T>;
  readonly bytes: Buffer;
  readonly expiresAt: string;
}

/** All that is trusted now, and what is to follow. */
export interface Trust {
  readonly root: Held<RootMetadata> | undefined;
  readonly nextRoot: Held<RootMetadata> | undefined;
  readonly targets: Held<TargetsMetadata> | undefined;
  /** Waiting and signed ones, oldest first; each builds on the one before. */
  readonly pending: readonly Held<TargetsMetadata>[];
  readonly snapshot: Held<Metadata> | undefined;
  readonly timestamp: Held<Metadata> | undefined;
  readonly highest: ReadonlyMap<string, number>;
}

export async function readTrust(db: Db): Promise<Trust> {
  const [rows, highest] = [await readMetadataRows(db), await highestVersions(db)];
  // The column role says what is in the body, which this module alone writes.
  const of = <T extends Metadata>(role: T['_type'], live: boolean) =>
    rows.filter((row) => row.role === role && (row.state === 'live') === live).map((row) => held<T>(row));
  return {
    root: of<RootMetadata>('root', true)[0],
    nextRoot: of<RootMetadata>('root', false)[0],
    targets: of<TargetsMetadata>('targets', true)[0],
    pending: of<TargetsMetadata>('targets', false),
    snapshot: of<Metadata>('snapshot', true)[0],
    timestamp: of<Metadata>('timestamp', true)[0],
    highest,
  };
}

function held<T extends Metadata>(row: MetadataRow): Held<T> {
  return {
    version: row.version,
    state: row.state,
    envelope: JSON.parse(row.body.toString('utf8')) as Envelope<T>,
    bytes: row.body,
    expiresAt: row.expires_at,
  };
}

/** Metadata as a row. */
export function rowOf(envelope: Envelope<Metadata>, state: MetadataRow['state']): MetadataRow {
  const { signed } = envelope;
  return {
    role: signed._type,
    version: signed.version,
    body: metadataBytes(envelope),
    state,
    expires_at: signed.expires,
  };
}

/** Whether the next root has the signatures of enough keys of the one before, and of its own. */
export function isNextRoot(next: Envelope<RootMetadata>, root: Envelope<RootMetadata> | undefined): boolean {
  return [root ?? next, next].every(({ signed }) => isSignedBy(next, roleOfRoot(signed, 'root')));
}

/** The paths of `next` that `base` does not have, or not so. */
export function addedPaths(next: TargetsMetadata, base: TargetsMetadata | undefined): string[] {
  return Object.entries(next.targets)
    .filter(([path, { hashes }]) => base?.targets[path]?.hashes.sha256 !== hashes.sha256)
    .map(([path]) => path);
}

/**
 * The next version of targets, snapshot or timestamp: one more, or as many as minutes have passed since 1970 where that is more. So
 * none comes twice even after the database was restored from a backup, and installations do not take what follows for old.
 */
export function nextVersion(
  trust: Trust,
  role: 'targets' | 'snapshot' | 'timestamp',
  now: Temporal.Instant,
): number {
  return Math.max((trust.highest.get(role) ?? 0) + 1, Math.floor(now.epochMilliseconds / 60_000));
}
