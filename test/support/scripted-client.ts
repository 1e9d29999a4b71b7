import { once } from 'node:events';
import { connect as connectInClear, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { encodeSentences, SentenceDecoder } from '../../packages/simulators/router/codec.ts';

export type Sentence = readonly string[];

/** The API as a test speaks it: sentences in, sentences out, nothing else understood. */
export class ScriptedClient implements AsyncDisposable {
  readonly socket: Socket;
  /** Fulfilled when the connection is over, with the code of what broke it. */
  readonly over: Promise<string | undefined>;
  readonly #decoder = new SentenceDecoder();
  readonly #come: Sentence[] = [];
  #wake = () => {};
  #ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    let code: string | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    socket.on('data', (piece: Buffer) => {
      this.#come.push(...this.#decoder.push(piece));
      this.#wake();
    });
    this.over = new Promise((resolve) => {
      socket.on('close', () => {
        this.#ended = true;
        resolve(code);
        this.#wake();
      });
    });
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  send(...sentences: readonly Sentence[]): void {
    this.socket.write(encodeSentences(sentences));
  }

  /** The next sentence, or undefined when the connection is over. */
  async next(): Promise<Sentence | undefined> {
    while (this.#come.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#come.shift();
  }

  /** All sentences up to the `done`s, or to the end of the connection. */
  async replies(dones = 1): Promise<readonly Sentence[]> {
    const replies: Sentence[] = [];
    for (let left = dones; left > 0; ) {
      const sentence = await this.next();
      if (sentence === undefined) break;
      replies.push(sentence);
      if (sentence[0] === '!done') left -= 1;
    }
    return replies;
  }

  /** Sends a command and gives its reply. */
  async call(...words: string[]): Promise<readonly Sentence[]> {
    this.send(words);
    return this.replies();
  }

  /** The rows of a reply as objects. */
  async rows(...words: string[]): Promise<readonly Readonly<Record<string, string>>[]> {
    const replies = await this.call(...words);
    return replies.filter(([kind]) => kind === '!re').map(values);
  }

  /** The message of the first trap in the reply, or undefined. */
  async trap(...words: string[]): Promise<string | undefined> {
    const replies = await this.call(...words);
    const trap = replies.find(([kind]) => kind === '!trap');
    return trap === undefined ? undefined : values(trap).message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.over;
  }
}

/** The tag of a sentence, wherever it stands. */
export const tagOf = (sentence: Sentence | undefined) =>
  sentence?.find((word) => word.startsWith('.tag='))?.slice('.tag='.length);

/** The attributes of a sentence. */
export function values(sentence: Sentence): Readonly<Record<string, string>> {
  return Object.fromEntries(
    sentence.slice(1).flatMap((word) => {
      const end = word.indexOf('=', 1);
      return word.startsWith('=') ? [[word.slice(1, end), word.slice(end + 1)]] : [];
    }),
  );
}

/** A connection that has not logged in. */
export async function connectTo(port: number, tls?: ConnectionOptions): Promise<ScriptedClient> {
  const socket = tls === undefined ? connectInClear(port, '127.0.0.1') : connectTls(port, '127.0.0.1', tls);
  await once(socket, tls === undefined ? 'connect' : 'secureConnect');
  return new ScriptedClient(socket);
}

/** A connection that has logged in as `admin`, whose password is empty, or as another. */
export async function loggedIn(port: number, name = 'admin', password = ''): Promise<ScriptedClient> {
  const client = await connectTo(port);
  const [reply] = await client.call('/login', `=name=${name}`, `=password=${password}`);
  if (reply?.[0] !== '!done') throw new Error(`The router refused the login: ${reply?.join(' ')}`);
  return client;
}
