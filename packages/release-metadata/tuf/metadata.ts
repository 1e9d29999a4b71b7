import { createHash } from 'node:crypto';
import { canonicalBytes } from './canonical.ts';
import { keyIdOf, type PublicKey } from './keys.ts';
import type { Envelope, RoleKeys } from './signing.ts';

/** The Update Framework, of which all metadata here is (theupdateframework.github.io/specification/v1.0.34). */
const specVersion = '1.0.34';

interface Common<T extends string> {
  readonly _type: T;
  readonly spec_version: string;
  readonly version: number;
  /** UTC, to the second. */
  readonly expires: string;
}

interface KeyIds {
  readonly keyids: readonly string[];
  readonly threshold: number;
}

export interface RootMetadata extends Common<'root'> {
  readonly consistent_snapshot: true;
  readonly keys: Readonly<Record<string, PublicKey>>;
  readonly roles: Readonly<Record<'root' | 'targets' | 'snapshot' | 'timestamp', KeyIds>>;
}

/** A file that installations may fetch. */
export interface Target {
  readonly length: number;
  readonly hashes: { readonly sha256: string };
  readonly custom?: Readonly<Record<string, string | number | boolean>>;
}

/** Roles whose keys sign documents: director from offline keys, online by the server. */
export const documentRoles = ['director', 'online'] as const;
export type DocumentRole = (typeof documentRoles)[number];

interface Delegation extends KeyIds {
  readonly name: DocumentRole;
  readonly terminating: boolean;
  readonly paths: readonly string[];
}

export interface TargetsMetadata extends Common<'targets'> {
  readonly targets: Readonly<Record<string, Target>>;
  readonly delegations: {
    readonly keys: Readonly<Record<string, PublicKey>>;
    readonly roles: readonly Delegation[];
  };
}

interface FileVersion {
  readonly version: number;
  readonly length: number;
  readonly hashes: { readonly sha256: string };
}

export interface SnapshotMetadata extends Common<'snapshot'> {
  readonly meta: { readonly 'targets.json': FileVersion };
}

export interface TimestampMetadata extends Common<'timestamp'> {
  readonly meta: { readonly 'snapshot.json': FileVersion };
}

export type Metadata = RootMetadata | TargetsMetadata | SnapshotMetadata | TimestampMetadata;

interface Edition {
  readonly version: number;
  readonly expires: Temporal.Instant;
}

/** The root: whose keys count for which role. @throws {RangeError} for a threshold that its keys cannot reach. */
export function rootMetadata(
  { version, expires }: Edition,
  roles: { readonly root: RoleKeys; readonly targets: RoleKeys; readonly online: RoleKeys },
): RootMetadata {
  const { root, targets, online } = roles;
  return {
    _type: 'root',
    spec_version: specVersion,
    version,
    expires: instant(expires),
    consistent_snapshot: true,
    keys: keysById([root, targets, online]),
    roles: {
      root: keyIds(root),
      targets: keyIds(targets),
      snapshot: keyIds(online),
      timestamp: keyIds(online),
    },
  };
}

/** The targets: the files of all releases, and whose signatures count on documents. @throws {RangeError} as {@link rootMetadata}. */
export function targetsMetadata(
  { version, expires }: Edition,
  targets: Readonly<Record<string, Target>>,
  documents: Readonly<Record<DocumentRole, RoleKeys>>,
): TargetsMetadata {
  const paths = { director: ['directives/*'], online: ['tokens/*', 'messages/*'] };
  return {
    _type: 'targets',
    spec_version: specVersion,
    version,
    expires: instant(expires),
    targets,
    delegations: {
      keys: keysById(Object.values(documents)),
      roles: documentRoles.map((name) => ({
        name,
        ...keyIds(documents[name]),
        terminating: true,
        paths: paths[name],
      })),
    },
  };
}

/** `targets`: the bytes of targets.json as they are served. */
export function snapshotMetadata(
  { version, expires }: Edition,
  targets: { readonly version: number; readonly bytes: Uint8Array },
): SnapshotMetadata {
  const meta = { 'targets.json': fileVersion(targets) };
  return { _type: 'snapshot', spec_version: specVersion, version, expires: instant(expires), meta };
}

/** `snapshot`: the bytes of snapshot.json as they are served. */
export function timestampMetadata(
  { version, expires }: Edition,
  snapshot: { readonly version: number; readonly bytes: Uint8Array },
): TimestampMetadata {
  const meta = { 'snapshot.json': fileVersion(snapshot) };
  return { _type: 'timestamp', spec_version: specVersion, version, expires: instant(expires), meta };
}

/** Metadata as it is kept and served; its bytes never change afterwards, as others hold their hash. */
export function metadataBytes(envelope: Envelope<Metadata>): Buffer {
  return Buffer.from(`${JSON.stringify(envelope)}\n`);
}

/** Whose signatures the root wants on metadata of that role. */
export function roleOfRoot(root: RootMetadata, role: keyof RootMetadata['roles']): RoleKeys {
  return pick(root.keys, root.roles[role]);
}

/** Whose signatures the targets want on documents. Nobody's where the role is not listed. */
export function roleOfDocuments(targets: TargetsMetadata, role: DocumentRole): RoleKeys {
  const listed = targets.delegations.roles.find(({ name }) => name === role);
  return listed === undefined ? { keys: [], threshold: 1 } : pick(targets.delegations.keys, listed);
}

function pick(keys: Readonly<Record<string, PublicKey>>, { keyids, threshold }: KeyIds): RoleKeys {
  return { keys: keyids.flatMap((id) => (Object.hasOwn(keys, id) ? (keys[id] ?? []) : [])), threshold };
}

function keyIds({ keys, threshold }: RoleKeys): KeyIds {
  const keyids = [...new Set(keys.map(keyIdOf))];
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > keyids.length) {
    throw new RangeError(`A threshold of ${threshold} needs as many keys; there are ${keyids.length}.`);
  }
  return { keyids, threshold };
}

function keysById(roles: readonly RoleKeys[]): Record<string, PublicKey> {
  return Object.fromEntries(roles.flatMap(({ keys }) => keys).map((key) => [keyIdOf(key), key]));
}

function fileVersion({ version, bytes }: { version: number; bytes: Uint8Array }): FileVersion {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { version, length: bytes.length, hashes: { sha256 } };
}

function instant(at: Temporal.Instant): string {
  return at.toString({ smallestUnit: 'second' });
}

/** Whether two say the same, whatever order they say it in. */
export function sameSigned(left: unknown, right: unknown): boolean {
  return canonicalBytes(left).equals(canonicalBytes(right));
}
