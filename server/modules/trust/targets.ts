import type { Db, Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import type { Target, TargetsMetadata } from '#release-metadata';
import { promoteTargets, proposeTargets } from './compose.ts';
import type { SignedFile } from './hooks.ts';
import { lockTrust } from './metadata-queries.ts';
import { daysLeft } from './settle.ts';
import { signSnapshot } from './sign-online.ts';
import { type Held, readTrust } from './state.ts';

/** A file that offline keys are to vouch for. */
export interface NewTarget {
  /** As in `releases/1.2.0/manifest.json`. */
  readonly path: string;
  readonly sha256: string;
  readonly length: number;
  readonly custom: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Puts a file into the next targets.json, which then waits for signatures; tells whether it did. The same file again changes nothing.
 * @throws {AppError} trust_not_set_up.
 */
export async function addTarget(
  kit: Kit,
  tx: Tx,
  { path, sha256, length, custom }: NewTarget,
): Promise<boolean> {
  await lockTrust(tx);
  const target: Target = { length, hashes: { sha256 }, custom };
  const { targets, pending } = await readTrust(tx);
  const newest = (pending.at(-1) ?? targets)?.envelope.signed.targets[path];
  if (newest?.hashes.sha256 === sha256 && newest.length === length) return false;
  await proposeTargets(kit, tx, { files: (files) => ({ ...files, [path]: target }) });
  return true;
}

/** Takes a file out again: of what waits or is signed at once, of what is live as soon as that was signed. */
export async function removeTarget(kit: Kit, tx: Tx, path: string): Promise<void> {
  await lockTrust(tx);
  const { targets, pending } = await readTrust(tx);
  if ((pending.at(-1) ?? targets)?.envelope.signed.targets[path] === undefined) return;
  await proposeTargets(kit, tx, {
    files: (files) => Object.fromEntries(Object.entries(files).filter(([name]) => name !== path)),
  });
}

/**
 * Makes the signed targets.json with this file, as it is, live, with snapshot and timestamp. Nothing is done where it is live already. Of
 * two at once, one waits for the other.
 * @throws {AppError} release_unsigned where signatures are missing, or are of another file; trust_not_set_up.
 */
export async function publishTarget(kit: Kit, tx: Tx, { path, sha256 }: SignedFile): Promise<void> {
  await lockTrust(tx);
  const { targets, pending } = await readTrust(tx);
  if (targets === undefined) throw new AppError('trust_not_set_up');
  const lists = ({ envelope }: Held<TargetsMetadata>) =>
    envelope.signed.targets[path]?.hashes.sha256 === sha256;
  if (lists(targets)) return;
  const signed = pending.find((held) => held.state === 'signed' && daysLeft(kit, held) > 0 && lists(held));
  if (signed === undefined) throw new AppError('release_unsigned');
  await promoteTargets(tx, signed.version);
  await signSnapshot(kit, tx);
}

/** Where files stand: waiting for signatures, signed, or live. One that is nowhere is not in the answer. */
export async function targetStates(
  db: Db,
  paths: readonly string[],
): Promise<ReadonlyMap<string, 'waiting' | 'signed' | 'live'>> {
  const { targets, pending } = await readTrust(db);
  const all = [
    ...(targets === undefined ? [] : [{ targets: targets.envelope.signed.targets, state: 'live' as const }]),
    ...pending.map((held) => ({
      targets: held.envelope.signed.targets,
      state: held.state === 'signed' ? ('signed' as const) : ('waiting' as const),
    })),
  ];
  return new Map(
    paths.flatMap((path) => {
      const found = all.find((item) => item.targets[path] !== undefined);
      return found === undefined ? [] : [[path, found.state] as const];
    }),
  );
}
