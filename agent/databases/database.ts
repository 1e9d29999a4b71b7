/** A database of the installation. */
export interface Database {
  /** Names its files. */
  readonly name: string;
  /** Copies it whole, as it is at one moment, into a file that is not there yet. */
  copyTo(file: string, signal: AbortSignal): Promise<void>;
  /**
   * Makes it what the copy holds, and nothing else. May be killed anywhere and is then run again. Whoever is connected loses the
   * connection.
   */
  restore(file: string): Promise<void>;
  /**
   * Restores the copy beside it, counts what is there, compares that with what the copy was taken of, and takes it away again.
   * @throws {AgentError} copy_differs
   */
  prove(file: string, scratch: string, signal: AbortSignal): Promise<void>;
  /**
   * How many bytes a copy may take. It proves that the database can be reached, too.
   * @throws {AgentError} unreachable
   */
  size?(signal: AbortSignal): Promise<number>;
}
