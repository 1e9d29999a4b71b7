import type { Command } from './command.ts';
import type { Commander, RunOptions } from './commander.ts';
import { RouterosError } from './errors.ts';
import type { Reply } from './reply.ts';

/** How one of many commands ended. */
export type Outcome =
  | { readonly ok: true; readonly command: Command; readonly reply: Reply }
  | { readonly ok: false; readonly command: Command; readonly error: RouterosError };

/**
 * Runs any number of commands, at most `ahead` of them at a time, and tells how each ended, in their order. Commands are taken
 * from the source as there is room, so a million of them take no more memory than `ahead`. A refusal stops nothing: leave the
 * loop to stop. What was sent then is still answered.
 */
export async function* runAll(
  on: Commander,
  commands: Iterable<Command> | AsyncIterable<Command>,
  { ahead = 64, ...options }: RunOptions & { readonly ahead?: number } = {},
): AsyncGenerator<Outcome, void, undefined> {
  const running: Promise<Outcome>[] = [];
  for await (const command of commands) {
    running.push(outcome(on, command, options));
    const oldest = running.length >= ahead ? running.shift() : undefined;
    if (oldest !== undefined) yield await oldest;
  }
  for (const last of running) yield await last;
}

async function outcome(on: Commander, command: Command, options: RunOptions): Promise<Outcome> {
  try {
    return { ok: true, command, reply: await on.run(command, options) };
  } catch (error) {
    if (!(error instanceof RouterosError)) throw error;
    return { ok: false, command, error };
  }
}
