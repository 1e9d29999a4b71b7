import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metadata, MetadataKind } from '@tufjs/models';
import { writeWhole } from './files.ts';

/** What the store may not take: older than what it remembers, or a root that is none. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

type Kind = 'timestamp' | 'snapshot' | 'targets';

/**
 * Trusted metadata in a folder that holds nothing else: root.json, timestamp.json, snapshot.json, targets.json. Each file is
 * written whole or not at all. What one of them remembers counts also where another is missing or torn: a snapshot that was
 * once believed keeps older timestamps out, and targets keep older snapshots out, so that losing one file is no way back to
 * an old release. What does not verify under the trusted root counts for nothing, which is how keys that were stolen and
 * used to count far ahead are got over (fast-forward recovery).
 */
export class MetadataStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes the root that the installation was shipped with, if it has none that is whole. @throws {StoreError} without either. */
  begin(shipped: Uint8Array | undefined): void {
    if (this.#root() !== undefined) return;
    if (shipped === undefined || !isRoot(Buffer.from(shipped))) {
      throw new StoreError(
        'There is no root to trust: root.json is missing or torn. Put the one that was shipped there.',
      );
    }
    writeWhole(this.#file('root'), shipped);
  }

  /** Keeps metadata that was verified. @throws {StoreError} where what is kept already is newer. */
  keep(name: string, bytes: Buffer): void {
    if (name === 'timestamp' || name === 'snapshot') this.#refuseOlder(name, bytes);
    writeWhole(this.#file(name), bytes);
  }

  #refuseOlder(kind: 'timestamp' | 'snapshot', bytes: Buffer): void {
    if (kind === 'timestamp') {
      const { version, snapshotMeta } = Metadata.fromJSON(
        MetadataKind.Timestamp,
        JSON.parse(bytes.toString()),
      ).signed;
      const kept = this.#trusted('timestamp');
      this.#atLeast('timestamp', version, kept?.version);
      this.#atLeast('snapshot', snapshotMeta.version, this.#trusted('snapshot')?.version);
    } else {
      const { meta } = Metadata.fromJSON(MetadataKind.Snapshot, JSON.parse(bytes.toString())).signed;
      this.#atLeast('targets', meta['targets.json']?.version ?? 0, this.#trusted('targets')?.version);
    }
  }

  #atLeast(what: string, version: number, known: number | undefined): void {
    if (known !== undefined && version < known) {
      throw new StoreError(
        `The ${what} offered is version ${version}, older than ${known}, which was trusted before.`,
      );
    }
  }

  /** What the folder holds of a kind, if the trusted root says that it is signed. */
  #trusted(kind: Kind): { readonly version: number } | undefined {
    const root = this.#root();
    try {
      const held = readAs(kind, readFileSync(this.#file(kind)));
      root?.verifyDelegate(kind, held);
      return root === undefined ? undefined : held.signed;
    } catch {
      return undefined;
    }
  }

  #root() {
    try {
      return readRoot(readFileSync(this.#file('root')));
    } catch {
      return undefined;
    }
  }

  #file(name: string): string {
    return join(this.#folder, `${encodeURIComponent(name)}.json`);
  }
}

function readAs(kind: Kind, bytes: Buffer) {
  const json = JSON.parse(bytes.toString());
  if (kind === 'timestamp') return Metadata.fromJSON(MetadataKind.Timestamp, json);
  if (kind === 'snapshot') return Metadata.fromJSON(MetadataKind.Snapshot, json);
  return Metadata.fromJSON(MetadataKind.Targets, json);
}

/** @throws where it is no root that its own keys have signed. */
function readRoot(bytes: Buffer) {
  const root = Metadata.fromJSON(MetadataKind.Root, JSON.parse(bytes.toString()));
  root.verifyDelegate('root', root);
  return root;
}

function isRoot(bytes: Buffer): boolean {
  try {
    readRoot(bytes);
    return true;
  } catch {
    return false;
  }
}
