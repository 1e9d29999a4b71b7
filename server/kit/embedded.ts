import * as embedded from '#embedded-postgres';
import { type Clock, instantText } from './clock.ts';
import { UserError } from './errors.ts';

export interface EmbeddedOptions extends Omit<embedded.EmbeddedOptions, 'since' | 'outlives'> {
  /** Lets others be told since when. */
  readonly clock?: Clock;
}

/**
 * Starts the built-in PostgreSQL of a data folder for as long as this process, as packages/embedded-postgres promises.
 * @throws {UserError} where the operator has to change something, or another process runs the folder
 */
export async function startEmbedded({
  clock,
  ...options
}: EmbeddedOptions): Promise<embedded.EmbeddedPostgres> {
  const since = clock === undefined ? {} : { since: instantText(clock.now()) };
  try {
    return await embedded.startEmbedded({ ...options, ...since });
  } catch (cause) {
    throw cause instanceof embedded.PostgresFault ? new UserError(cause.message, { cause }) : cause;
  }
}
