import { type Command, withoutSecrets } from './command.ts';
import { RouterFatal } from './errors.ts';
import { parseReply } from './reply.ts';
import { RouterError } from './router-error.ts';
import type { TextCodec } from './text.ts';

/** A `!trap` as the failure of this command. */
export function trapError(
  words: readonly Buffer[],
  text: TextCodec,
  command: Command,
  router: string,
): RouterError {
  const { attributes, words: said } = parseReply(words, text);
  const message = withoutSecrets(attributes.message ?? (said.join(' ') || 'It gives no reason'), command);
  const category = /^[0-7]$/.test(attributes.category ?? '') ? Number(attributes.category) : undefined;
  return new RouterError(message, category, { router, command: command.path });
}

/** A `!fatal`, which is no answer to any one command but may repeat what these held. */
export function fatalError(
  words: readonly Buffer[],
  text: TextCodec,
  commands: readonly Command[],
  router: string,
): RouterFatal {
  const { attributes, words: said } = parseReply(words, text);
  const message = attributes.message ?? (said.join(' ') || 'It gives no reason');
  return new RouterFatal(commands.reduce(withoutSecrets, message), { router });
}
