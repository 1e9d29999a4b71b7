export type Bytes = AsyncIterable<Uint8Array>;

/** A file of a source; its bytes are to be read before the next one is asked for, and only once. */
export interface SourceFile {
  readonly kind: 'file';
  readonly path: string;
  readonly executable: boolean;
  readonly body: Bytes;
}

export interface SourceFolder {
  readonly kind: 'folder';
  readonly path: string;
}

export type SourceEntry = SourceFile | SourceFolder;
