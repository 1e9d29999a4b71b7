/** Where backups lie: objects by name, such as `chunks/ab/abcd…`. */
export interface Vault {
  /** Tells people where it is. Holds no secret. */
  readonly place: string;
  /** Puts an object there, whole or not at all; it outlives a power cut once this returns. Takes the place of one of that name. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where there is none of that name. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Not while something is put. Every name that begins so, each with how many bytes it has. */
  names(prefix: string): AsyncIterable<readonly [name: string, size: number]>;
  /** Also where it is gone already. */
  remove(name: string): Promise<void>;
}
