import { encodeSentence } from './encoder.ts';
import { InvalidInput } from './errors.ts';
import { type Query, queryWords } from './query.ts';
import type { TextCodec } from './text.ts';

/** What is asked of a router. */
export interface Command {
  /** Such as `/ppp/secret/add`. */
  readonly path: string;
  /** Sent as `=name=value`; those that are undefined are left out. */
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  readonly where?: Query | undefined;
  /** It only reads, so it may be repeated. */
  readonly reads?: boolean;
  /** It does not end by itself, so silence is no fault: `listen`, or monitoring. */
  readonly endless?: boolean;
}

const pathPattern = /^(\/[a-z0-9][a-z0-9-]*)+$/;
const namePattern = /^[!.]?[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const secretName = /password|secret|passphrase|pre-shared-key|private-key|authentication-key|^response$/;

/** The bytes of a command. Throws InvalidInput if its path, a name or a value cannot be sent. */
export function encodeCommand(command: Command, tag: number | undefined, text: TextCodec): Buffer {
  const { path, attributes = {}, where } = command;
  const context = { command: pathPattern.test(path) ? path : undefined };
  if (!pathPattern.test(path)) throw new InvalidInput('The path', 'is not one of a command', context);
  const words = [Buffer.from(path, 'latin1')];
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    words.push(Buffer.concat([Buffer.from(`=${checkedName(name, path)}=`), text.encode(value, name)]));
  }
  if (where !== undefined) {
    if (!path.endsWith('/print')) throw new InvalidInput('where', 'is for print only', context);
    for (const { prefix, name, value } of queryWords(where)) {
      const head = prefix + (prefix === '?#' ? name : checkedName(name, path));
      words.push(
        value === undefined
          ? Buffer.from(head)
          : Buffer.concat([Buffer.from(`${head}=`), text.encode(value, name)]),
      );
    }
  }
  if (tag !== undefined) words.push(Buffer.from(`.tag=${tag}`));
  return encodeSentence(words);
}

function checkedName(name: string, command: string): string {
  // A tag of the caller's would take another command's answer.
  if (!namePattern.test(name) || name === '.tag')
    throw new InvalidInput('An attribute', 'has a wrong name', { command });
  return name;
}

/** The message of a router, without any secret of the command that it may repeat. */
export function withoutSecrets(message: string, { attributes = {} }: Command): string {
  const secrets = Object.entries(attributes).flatMap(([name, value]) =>
    value !== undefined && value !== '' && secretName.test(name) ? [value] : [],
  );
  // The longest first: one may be part of another.
  return secrets
    .sort((a, b) => b.length - a.length)
    .reduce((said, secret) => said.replaceAll(secret, '…'), message);
}
