import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical.ts';
import { ReleaseFault } from './fault.ts';
import { refuseBadPaths } from './names.ts';
import { parseVersion } from './version.ts';

const channels = ['stable', 'beta', 'alpha'] as const;

const version = z.string().refine((text) => parseVersion(text) !== undefined);
const fileSchema = z.strictObject({
  path: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  executable: z.boolean(),
});

const manifestSchema = z.strictObject({
  version,
  channel: z.enum(channels),
  min_version: version.nullable(),
  is_floor: z.boolean(),
  changelog: z.string(),
  has_migrations: z.boolean(),
  compatible: z.boolean(),
  force: z.boolean(),
  components: z.record(z.string(), z.array(z.string())),
  files: z.array(fileSchema),
  tree: z.string(),
});

/** A file of a release; `hash` is SHA-256 in hex. */
export type ManifestFile = Readonly<z.output<typeof fileSchema>>;
/** What a release is: signed, and all that is unpacked is compared with it. Files are in the order of their paths' bytes. */
export type Manifest = Readonly<z.output<typeof manifestSchema>>;

/** Sorted by the bytes of their paths, as PostgreSQL's C collation does. */
export function inOrder<T extends { readonly path: string }>(files: readonly T[]): T[] {
  return [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** SHA-256 over a line for each file, in order: hash, size, "x" or "-", path. No path holds a line's end. */
function treeHash(files: readonly ManifestFile[]): string {
  const hash = createHash('sha256');
  for (const { hash: content, size, executable, path } of inOrder(files))
    hash.update(`${content} ${size} ${executable ? 'x' : '-'} ${path}\n`);
  return hash.digest('hex');
}

/** A manifest with its files in order and its tree's hash. */
export function makeManifest(details: Omit<Manifest, 'tree'>): Manifest {
  const files = inOrder(details.files);
  return { ...details, files, tree: treeHash(files) };
}

/** The manifest byte for byte as it is stored and signed. */
export const manifestBytes = (manifest: Manifest): Buffer => Buffer.from(canonicalJson(manifest));

/**
 * Reads a manifest, which may come from anywhere: whoever unpacks by it relies on its paths.
 * @throws {ReleaseFault} if it is none, names a path that cannot be, is out of order, or its tree's hash is another
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  let manifest: Manifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new ReleaseFault(undefined, unreadable, { cause });
  }
  refuseBadPaths(manifest.files.map(({ path }) => path));
  if (treeHash(manifest.files) !== manifest.tree) throw new ReleaseFault(undefined, unreadable);
  const sorted = inOrder(manifest.files);
  if (manifest.files.some(({ path }, at) => path !== sorted[at]?.path))
    throw new ReleaseFault(undefined, unreadable);
  return manifest;
}

const unreadable = {
  en: 'the list of files is damaged. Fetch it again.',
  id: 'daftar berkasnya rusak. Ambil lagi.',
};

export type Tree = Pick<Manifest, 'version' | 'tree' | 'files'>;

export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  readonly path: string;
}

/** What becomes of the old tree's files, in the order of their paths (spec 1, `files`). */
export function changesBetween(from: readonly ManifestFile[], to: readonly ManifestFile[]): Change[] {
  const old = new Map(from.map((file) => [file.path, file]));
  const kept = new Set(to.map(({ path }) => path));
  const changed = to.flatMap(({ path, hash, executable }): Change[] => {
    const before = old.get(path);
    if (before === undefined) return [{ action: 'create', path }];
    return before.hash === hash && before.executable === executable ? [] : [{ action: 'update', path }];
  });
  const gone = from
    .filter(({ path }) => !kept.has(path))
    .map(({ path }): Change => ({ action: 'delete', path }));
  return inOrder([...changed, ...gone]);
}
