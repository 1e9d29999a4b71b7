import type { Command } from './command.ts';
import type { Reply, Row } from './reply.ts';

export interface RunOptions {
  /** Settles the command at once; if it was sent, the router is told to cancel it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait for the next sentence of the answer, instead of the connection's. */
  readonly silence?: number | undefined;
  /** Milliseconds for the whole answer, from when it was sent. None unless told. */
  readonly deadline?: number | undefined;
}

/** What carries commands: a connection, or a session that connects by itself. */
export interface Commander {
  /**
   * Runs a command to its end and gives back all of its answer. Rejects with RouterError if the router refuses it, with
   * RouterTimeout, CommandAborted, ReplyTooLarge, QueueFull or InvalidInput, or with why the connection ended.
   */
  run(command: Command, options?: RunOptions): Promise<Reply>;
  /** The rows of a command one by one, however many. Leaving the loop cancels it. Throws what `run` rejects with. */
  stream(command: Command, options?: RunOptions): AsyncIterable<Row>;
}
