import { createHash } from 'node:crypto';
import type { Channel } from './channel.ts';
import { type Command, encodeCommand, withoutSecrets } from './command.ts';
import { LoginRefused, ProtocolError, RouterFatal, type RouterosError, RouterTimeout } from './errors.ts';
import type { ResolvedOptions } from './options.ts';
import { parseReply, type ReplySentence, type Row } from './reply.ts';
import type { TextCodec } from './text.ts';

const path = '/login';

/**
 * Logs in on a fresh channel, which it listens to meanwhile. Throws LoginRefused, RouterTimeout, or why the channel closed;
 * the channel is closed then. An abort closes it, too.
 */
export async function logIn(channel: Channel, options: ResolvedOptions, text: TextCodec): Promise<void> {
  const { user, password, login, timers, patience, router } = options;
  const answers = new LoginAnswers(channel, text, router);
  const stopTimer = timers.after(patience.login, () =>
    channel.close(
      new RouterTimeout(`No answer to the login within ${patience.login} ms`, { router, command: path }),
    ),
  );
  const ask = (attributes: Readonly<Record<string, string>>) => {
    const command: Command = { path, attributes };
    channel.write(encodeCommand(command, undefined, text));
    return answers.next(command);
  };
  try {
    const first = await ask(login === 'auto' ? { name: user, password } : {});
    if (first.ret === undefined) {
      if (login === 'auto') return;
      throw new LoginRefused('It knows no login by challenge; it wants the password', {
        router,
        command: path,
      });
    }
    const response = challengeResponse(text.encode(password, 'password'), first.ret, router);
    const second = await ask({ name: user, response });
    if (second.ret !== undefined)
      throw new LoginRefused('It answered with a second challenge', { router, command: path });
  } catch (error) {
    // What is no error of ours is a fault of the program, and the channel goes all the same.
    channel.close(error as RouterosError);
    throw error;
  } finally {
    stopTimer();
  }
}

/** `00` and MD5(0x00 ‖ password ‖ challenge), as RouterOS before 6.43 wants it. */
export function challengeResponse(password: Buffer, challenge: string, router?: string): string {
  if (!/^([0-9a-f]{2}){1,64}$/i.test(challenge)) {
    throw new ProtocolError('The challenge of the login is not hexadecimal', { router, command: path });
  }
  const hash = createHash('md5').update(Buffer.of(0)).update(password).update(Buffer.from(challenge, 'hex'));
  return `00${hash.digest('hex')}`;
}

/** More would be no login. */
const maxSentences = 16;

/** Replies to the login, which have no tags: it is the only command under way. */
class LoginAnswers {
  readonly #router: string;
  #waiting: { readonly resolve: (done: Row) => void; readonly reject: (error: Error) => void } | undefined;
  #command: Command = { path };
  #trap: LoginRefused | undefined;
  #closed: RouterosError | undefined;
  #sentences = 0;

  constructor(channel: Channel, text: TextCodec, router: string) {
    this.#router = router;
    channel.listener = {
      sentence: (words) => this.#answer(parseReply(words, text), channel),
      drained: () => {},
      closed: (reason) => {
        // A router that closes after its refusal has refused.
        this.#closed = this.#trap ?? reason;
        this.#waiting?.reject(this.#closed);
      },
    };
  }

  /** The attributes of the `!done` that ends this command. */
  next(command: Command): Promise<Row> {
    this.#command = command;
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) reject(this.#closed);
      else this.#waiting = { resolve, reject };
    });
  }

  #answer(reply: ReplySentence, channel: Channel): void {
    const context = { router: this.#router, command: path };
    const said = withoutSecrets(reply.attributes.message ?? reply.words.join(' '), this.#command);
    this.#sentences += 1;
    if (this.#sentences > maxSentences) throw new ProtocolError('It answers the login without end');
    if (reply.kind === '!fatal') channel.close(new RouterFatal(said, context));
    else if (reply.kind === '!trap') this.#trap ??= new LoginRefused(said, context);
    else if (reply.kind === '!done') {
      const waiting = this.#waiting;
      if (waiting === undefined) throw new ProtocolError('It answered before it was asked');
      this.#waiting = undefined;
      if (this.#trap === undefined) waiting.resolve(reply.attributes);
      else waiting.reject(this.#trap);
    }
  }
}
