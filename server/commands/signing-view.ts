import type { Language } from '#kit/errors.ts';
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

const texts = {
  en: {
    until: (file: string, version: number, day: string) => `${file}, version ${version}, until ${day}`,
    first: '  the first one: compare all keys with those of your colleagues',
    told: '  against the one that is live, as this server tells it:',
    known: '  against the one that is live, which this key has signed:',
    unknown:
      '  ! this key has not signed the one that is live: compare everything below with what you know from elsewhere',
    other: '! other content:',
    must: (threshold: number, keys: number) => `${threshold} of ${keys} must sign`,
    keys: (role: string, changes: string) => `  ! keys of ${role}: ${changes}`,
    whom: (subjects: string, more: number) => `  for ${subjects}${more > 0 ? ` and ${more} more` : ''}`,
  },
  id: {
    until: (file: string, version: number, day: string) => `${file}, versi ${version}, sampai ${day}`,
    first: '  yang pertama: cocokkan semua kunci dengan milik rekan-rekan Anda',
    told: '  dibanding yang berlaku, menurut server ini:',
    known: '  dibanding yang berlaku, yang pernah ditandatangani kunci ini:',
    unknown:
      '  ! kunci ini tidak pernah menandatangani yang berlaku: cocokkan semua di bawah dengan yang Anda tahu dari tempat lain',
    other: '! isi lain:',
    must: (threshold: number, keys: number) => `${threshold} dari ${keys} harus menandatangani`,
    keys: (role: string, changes: string) => `  ! kunci ${role}: ${changes}`,
    whom: (subjects: string, more: number) => `  untuk ${subjects}${more > 0 ? ` dan ${more} lagi` : ''}`,
  },
} as const;
type Texts = (typeof texts)[Language];

const short = (id: string) => `${id.slice(0, 12)}…`;

/** Whom it is shown to. */
type Signer = Pick<SigningKey, 'id' | 'publicKey'>;

/** What is to be signed, in lines; each change against what is live has one. */
export function describeRequest(
  request: SigningRequest,
  keys: readonly Signer[],
  language: Language,
): string[] {
  const said = texts[language];
  const lines = [
    ...request.metadata.flatMap(({ role, signed }) =>
      // The role says which of the two it is, and the reader of the request has compared.
      role === 'root'
        ? describeRoot(said, signed as unknown as RootMetadata, request, keys)
        : describeTargets(said, signed as unknown as TargetsMetadata, request, keys),
    ),
    ...describeDocuments(
      said,
      request.documents.map(({ signed }) => signed as unknown as Document),
    ),
  ];
  // Nothing in it may move the cursor and so hide another line.
  return lines.map((line) => line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?'));
}

function describeRoot(
  said: Texts,
  next: RootMetadata,
  { live }: SigningRequest,
  keys: readonly Signer[],
): string[] {
  const root = live.root as unknown as { signed: RootMetadata; signatures: never[] } | null;
  const known = root !== null && isOwn(root, roleOfRoot(root.signed, 'root'), keys);
  const changes = (['root', 'targets', 'timestamp'] as const).flatMap((role) => {
    const name = role === 'timestamp' ? 'online' : role;
    return describeKeys(
      said,
      name,
      roleOfRoot(next, role),
      root === null ? undefined : roleOfRoot(root.signed, role),
    );
  });
  return [
    said.until('root.json', next.version, next.expires.slice(0, 10)),
    ...comparison(said, root, known, keys),
    ...changes,
  ];
}

function describeTargets(
  said: Texts,
  next: TargetsMetadata,
  { live }: SigningRequest,
  keys: readonly Signer[],
): string[] {
  const base = live.targets as unknown as { signed: TargetsMetadata; signatures: never[] } | null;
  const known = base !== null && isOwn(base, { keys: keys.map((key) => key.publicKey), threshold: 1 }, keys);
  const old = base?.signed.targets ?? {};
  const files = Object.entries(next.targets).flatMap(([path, { hashes, custom }]) => {
    if (old[path]?.hashes.sha256 === hashes.sha256) return [];
    const sign = old[path] === undefined ? '+' : said.other;
    return [`  ${sign} ${path}  sha256 ${hashes.sha256}  ${Object.values(custom ?? {}).join(' ')}`];
  });
  const gone = Object.keys(old).filter((path) => next.targets[path] === undefined);
  const roles = (['director', 'online'] as const).flatMap((role) =>
    describeKeys(
      said,
      role,
      roleOfDocuments(next, role),
      base === null ? undefined : roleOfDocuments(base.signed, role),
    ),
  );
  return [
    said.until('targets.json', next.version, next.expires.slice(0, 10)),
    ...comparison(said, base, known, keys),
    ...files,
    ...gone.map((path) => `  - ${path}`),
    ...roles,
  ];
}

function comparison(said: Texts, live: unknown, known: boolean, keys: readonly Signer[]): string[] {
  if (live === null) return [said.first];
  if (keys.length === 0) return [said.told];
  return [known ? said.known : said.unknown];
}

function describeKeys(said: Texts, role: string, next: RoleKeys, old: RoleKeys | undefined): string[] {
  const [now, before] = [next.keys.map(keyIdOf), old?.keys.map(keyIdOf) ?? []];
  const changes = [
    ...now.filter((id) => !before.includes(id)).map((id) => `+ ${short(id)}`),
    ...before.filter((id) => !now.includes(id)).map((id) => `- ${short(id)}`),
    ...(next.threshold === old?.threshold ? [] : [said.must(next.threshold, now.length)]),
  ];
  return changes.length === 0 ? [] : [said.keys(role, changes.join(', '))];
}

/** Those that say the same are one line. */
function describeDocuments(said: Texts, documents: readonly Document[]): string[] {
  const same = Map.groupBy(documents, ({ _type, body }) => `${_type} ${JSON.stringify(body)}`);
  return [...same].flatMap(([told, list]) => {
    const subjects = list.slice(0, 3).map(({ subject }) => subject);
    return [told, said.whom(subjects.join(', '), list.length - subjects.length)];
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
