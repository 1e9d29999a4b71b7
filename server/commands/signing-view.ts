import {
  type Document,
  isSignedBy,
  keyIdOf,
  type RoleKeys,
  type RootMetadata,
  roleOfDocuments,
  roleOfRoot,
  type SigningKey,
  signersOf,
  type TargetsMetadata,
} from '#release-metadata';
import type { SigningRequest } from './signing-file.ts';

// What a signer is shown. The request comes from a server that may be in strange hands: it is compared with what is live only if
// the signer's own key has signed that.

const short = (id: string) => `${id.slice(0, 12)}…`;

/** Whom it is shown to. */
type Signer = Pick<SigningKey, 'id' | 'publicKey'>;

/** What is to be signed, in lines; each change against what is live has one. */
export function describeRequest(request: SigningRequest, keys: readonly Signer[]): string[] {
  const lines = [
    ...request.metadata.flatMap(({ role, signed }) =>
      // The role says which of the two it is, and the reader of the request has compared.
      role === 'root'
        ? describeRoot(signed as unknown as RootMetadata, request, keys)
        : describeTargets(signed as unknown as TargetsMetadata, request, keys),
    ),
    ...describeDocuments(request.documents.map(({ signed }) => signed as unknown as Document)),
  ];
  // Nothing in it may move the cursor and so hide another line.
  return lines.map((line) => line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?'));
}

function describeRoot(next: RootMetadata, { live }: SigningRequest, keys: readonly Signer[]): string[] {
  const root = live.root as unknown as { signed: RootMetadata; signatures: never[] } | null;
  const known = root !== null && isOwn(root, roleOfRoot(root.signed, 'root'), keys);
  const changes = (['root', 'targets', 'timestamp'] as const).flatMap((role) => {
    const name = role === 'timestamp' ? 'online' : role;
    return describeKeys(
      name,
      roleOfRoot(next, role),
      root === null ? undefined : roleOfRoot(root.signed, role),
    );
  });
  return [
    `root.json, version ${next.version}, until ${next.expires.slice(0, 10)}`,
    ...comparison(root, known, keys),
    ...changes,
  ];
}

function describeTargets(next: TargetsMetadata, { live }: SigningRequest, keys: readonly Signer[]): string[] {
  const base = live.targets as unknown as { signed: TargetsMetadata; signatures: never[] } | null;
  const known = base !== null && isOwn(base, { keys: keys.map((key) => key.publicKey), threshold: 1 }, keys);
  const old = base?.signed.targets ?? {};
  const files = Object.entries(next.targets).flatMap(([path, { hashes, custom }]) => {
    if (old[path]?.hashes.sha256 === hashes.sha256) return [];
    const sign = old[path] === undefined ? '+' : '! other content:';
    return [`  ${sign} ${path}  sha256 ${hashes.sha256}  ${Object.values(custom ?? {}).join(' ')}`];
  });
  const gone = Object.keys(old).filter((path) => next.targets[path] === undefined);
  const roles = (['director', 'online'] as const).flatMap((role) =>
    describeKeys(
      role,
      roleOfDocuments(next, role),
      base === null ? undefined : roleOfDocuments(base.signed, role),
    ),
  );
  return [
    `targets.json, version ${next.version}, until ${next.expires.slice(0, 10)}`,
    ...comparison(base, known, keys),
    ...files,
    ...gone.map((path) => `  - ${path}`),
    ...roles,
  ];
}

function comparison(live: unknown, known: boolean, keys: readonly Signer[]): string[] {
  if (live === null) return ['  the first one: compare all keys with those of your colleagues'];
  if (keys.length === 0) return ['  against the one that is live, as this server tells it:'];
  return known
    ? ['  against the one that is live, which this key has signed:']
    : [
        '  ! this key has not signed the one that is live: compare everything below with what you know from elsewhere',
      ];
}

function describeKeys(role: string, next: RoleKeys, old: RoleKeys | undefined): string[] {
  const [now, before] = [next.keys.map(keyIdOf), old?.keys.map(keyIdOf) ?? []];
  const changes = [
    ...now.filter((id) => !before.includes(id)).map((id) => `+ ${short(id)}`),
    ...before.filter((id) => !now.includes(id)).map((id) => `- ${short(id)}`),
    ...(next.threshold === old?.threshold ? [] : [`${next.threshold} of ${now.length} must sign`]),
  ];
  return changes.length === 0 ? [] : [`  ! keys of ${role}: ${changes.join(', ')}`];
}

/** Those that say the same are one line. */
function describeDocuments(documents: readonly Document[]): string[] {
  const same = Map.groupBy(documents, ({ _type, body }) => `${_type} ${JSON.stringify(body)}`);
  return [...same].flatMap(([said, list]) => {
    const subjects = list.slice(0, 3).map(({ subject }) => subject);
    const more = list.length > subjects.length ? ` and ${list.length - subjects.length} more` : '';
    return [said, `  for ${subjects.join(', ')}${more}`];
  });
}

function isOwn(
  live: { signed: unknown; signatures: never[] },
  role: RoleKeys,
  keys: readonly Signer[],
): boolean {
  const own = keys.map(({ id }) => id);
  return isSignedBy(live, { ...role, threshold: 1 }) && signersOf(live, role).some((id) => own.includes(id));
}
