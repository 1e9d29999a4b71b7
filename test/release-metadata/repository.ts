import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Envelope,
  type FetchLimits,
  type Metadata,
  makeKey,
  metadataBytes,
  openClient,
  type RootMetadata,
  rootMetadata,
  type SigningKey,
  signaturesOf,
  snapshotMetadata,
  type Target,
  type TargetsMetadata,
  targetsMetadata,
  timestampMetadata,
} from '#release-metadata';

/** When all tests of repositories happen. */
export const now = Temporal.Instant.from('2026-01-15T03:00:00Z');
const days = (count: number) => now.add({ hours: 24 * count });

/** Keys of one role with how many of them must sign. */
export interface Keys {
  readonly keys: readonly SigningKey[];
  readonly threshold: number;
}
const publicOf = ({ keys, threshold }: Keys) => ({ keys: keys.map((key) => key.publicKey), threshold });
export const newKeys = (count = 1, threshold = count): Keys => ({
  keys: Array.from({ length: count }, makeKey),
  threshold,
});

export type Answer = (response: ServerResponse) => void;

/** A repository on a real HTTP server, and in the hands of whoever holds its files and keys. */
export class Repository implements AsyncDisposable {
  keys = { root: newKeys(2), targets: newKeys(2), director: newKeys(2), online: newKeys() };
  readonly files = new Map<string, Buffer>();
  /** What is answered in place of a file, by its path. */
  readonly lies = new Map<string, Answer>();
  readonly asked: string[] = [];
  readonly targets: Record<string, Target> = {};
  versions = { root: 0, targets: 0, snapshot: 0, timestamp: 0 };
  expires = { root: days(365), targets: days(180), snapshot: days(14), timestamp: days(3) };
  url = '';
  readonly #server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    this.asked.push(path);
    const lie = this.lies.get(path);
    if (lie !== undefined) return lie(response);
    const file = this.files.get(path);
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });

  static async start(): Promise<Repository> {
    const repository = new Repository();
    repository.#server.listen(0, '127.0.0.1');
    await once(repository.#server, 'listening');
    const address = repository.#server.address();
    repository.url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
    repository.publishRoot();
    repository.publish({ 'releases/1.0.0/manifest.json': 'one' });
    return repository;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The next root: of the keys as they are now, signed by `signers` beside them. */
  publishRoot(signers: readonly SigningKey[] = []): Buffer {
    this.versions.root += 1;
    const { root, targets, online } = this.keys;
    const signed = rootMetadata(
      { version: this.versions.root, expires: this.expires.root },
      { root: publicOf(root), targets: publicOf(targets), online: publicOf(online) },
    );
    return this.#put(`/metadata/${signed.version}.root.json`, signed, [...root.keys, ...signers]);
  }

  /** Puts files into the targets and signs everything anew. */
  publish(contents: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(contents)) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      this.targets[path] = {
        length: Buffer.byteLength(content),
        hashes: { sha256 },
        custom: { channel: 'stable' },
      };
      const name = path.split('/').at(-1);
      this.files.set(
        `/targets/${path.slice(0, -String(name).length)}${sha256}.${name}`,
        Buffer.from(content),
      );
    }
    this.versions.targets += 1;
    this.put('targets');
    this.resign();
  }

  /** Snapshot and timestamp of what is there. */
  resign(): void {
    this.versions.snapshot += 1;
    this.put('snapshot');
    this.restamp();
  }

  restamp(): void {
    this.versions.timestamp += 1;
    this.put('timestamp');
  }

  /** Signs the metadata of a role at its version and expiry, by its keys or others. */
  put(role: 'targets' | 'snapshot' | 'timestamp', keys?: readonly SigningKey[]): Buffer {
    const edition = { version: this.versions[role], expires: this.expires[role] };
    if (role === 'targets') {
      const { director, online } = this.keys;
      const documents = { director: publicOf(director), online: publicOf(online) };
      const signed: TargetsMetadata = targetsMetadata(edition, this.targets, documents);
      return this.#put(`/metadata/${signed.version}.targets.json`, signed, keys ?? this.keys.targets.keys);
    }
    const signers = keys ?? this.keys.online.keys;
    if (role === 'snapshot') {
      const targets = {
        version: this.versions.targets,
        bytes: this.file(`${this.versions.targets}.targets`),
      };
      return this.#put(
        `/metadata/${edition.version}.snapshot.json`,
        snapshotMetadata(edition, targets),
        signers,
      );
    }
    const snapshot = {
      version: this.versions.snapshot,
      bytes: this.file(`${this.versions.snapshot}.snapshot`),
    };
    return this.#put('/metadata/timestamp.json', timestampMetadata(edition, snapshot), signers);
  }

  file(name: string): Buffer {
    const file = this.files.get(`/metadata/${name}.json`);
    if (file === undefined) throw new Error(`There is no ${name}.`);
    return file;
  }

  root(version = 1): RootMetadata {
    return JSON.parse(this.file(`${version}.root`).toString()).signed;
  }

  /** Everything as it is now, to be put back by an attacker who kept it. */
  keep(): ReadonlyMap<string, Buffer> {
    return new Map(this.files);
  }

  putBack(kept: ReadonlyMap<string, Buffer>): void {
    this.files.clear();
    for (const [path, bytes] of kept) this.files.set(path, bytes);
  }

  #put(path: string, signed: Metadata, keys: readonly SigningKey[]): Buffer {
    const envelope: Envelope<Metadata> = { signed, signatures: signaturesOf(signed, keys) };
    const bytes = metadataBytes(envelope);
    this.files.set(path, bytes);
    return bytes;
  }
}

/** An installation: its store, and a look at the repository from it. */
export class Installation implements AsyncDisposable {
  readonly folder: string;
  readonly #repository: Repository;
  readonly #shipped: Buffer;

  private constructor(folder: string, repository: Repository, shipped: Buffer) {
    this.folder = folder;
    this.#repository = repository;
    this.#shipped = shipped;
  }

  static async of(repository: Repository): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'nadi-tuf-'));
    return new Installation(folder, repository, repository.file('1.root'));
  }

  get store(): string {
    return join(this.folder, 'metadata');
  }

  client({ at = now, limits }: { at?: Temporal.Instant; limits?: FetchLimits } = {}) {
    return openClient({
      metadataDir: this.store,
      metadataUrl: `${this.#repository.url}/metadata`,
      targetDir: join(this.folder, 'targets'),
      targetUrl: `${this.#repository.url}/targets`,
      shippedRoot: this.#shipped,
      now: at,
      ...(limits === undefined ? {} : { limits }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
