import type { z } from 'zod';
import type { fileSchema } from '#contract';
import type { Db } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { TrustHooks } from './hooks.ts';
import { findLive, type MetadataRole, readServed } from './metadata-queries.ts';
import { readTrust } from './state.ts';

type File = z.input<typeof fileSchema>;

const metadataNames = /^(?:timestamp|(?<version>[1-9]\d{0,9})\.(?<role>root|targets|snapshot))\.json$/;
const targetNames = /^(?<hash>[0-9a-f]{64})\.(?<name>[A-Za-z0-9._-]{1,60})$/;
const mostVersion = 2_147_483_647;

/** Metadata as clients of TUF ask for it. @throws {AppError} not_found, by which they know that a root is the newest. */
export async function readMetadataFile(db: Db, file: string): Promise<File> {
  const { version, role } = metadataNames.exec(file)?.groups ?? {};
  const isTimestamp = file === 'timestamp.json';
  if (!isTimestamp && (role === undefined || Number(version) > mostVersion)) throw new AppError('not_found');
  // The pattern names just these.
  const bytes = isTimestamp
    ? await findLive(db, 'timestamp', undefined)
    : await findLive(db, role as MetadataRole, Number(version));
  if (bytes === undefined) throw new AppError('not_found');
  return { type: 'application/json', bytes, filename: file, cache: isTimestamp ? 'minute' : 'forever' };
}

/** A file that live targets list, under its name with its SHA-256. @throws {AppError} not_found also for what is not published. */
export async function readTargetFile(
  db: Db,
  hooks: TrustHooks,
  { version, file }: { readonly version: string; readonly file: string },
): Promise<File> {
  const { hash, name } = targetNames.exec(file)?.groups ?? {};
  const { targets } = await readTrust(db);
  const listed = targets?.envelope.signed.targets ?? {};
  const path = `releases/${version}/${name}`;
  if (hash === undefined || !Object.hasOwn(listed, path) || listed[path]?.hashes.sha256 !== hash) {
    throw new AppError('not_found');
  }
  const bytes = await hooks.readTarget(hash);
  if (bytes === undefined) throw new AppError('not_found');
  return { type: 'application/json', bytes, filename: file, cache: 'forever' };
}

/** Everything that a static server has under updates/metadata/, by name: what `release export` writes. */
export async function metadataFiles(
  db: Db,
): Promise<readonly { readonly name: string; readonly body: Uint8Array }[]> {
  const rows = await readServed(db);
  return rows.map(({ role, version, body }) => ({
    name: role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`,
    body,
  }));
}
