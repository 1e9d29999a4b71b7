import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AgentError } from '../errors.ts';

/** A client program of a database. Everybody on the machine may read its arguments: secrets go into its environment. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const longestTail = 2000;

/**
 * Appends what the program prints to a file, which is on the disk when this returns.
 * @throws {AgentError} database_tool_failed, with the end of what it complained of
 */
export async function printInto(program: Program, file: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { command, args, environment } = program;
  const child = spawn(command, args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = endOf(program, child);
  // Told below.
  ended.catch(() => {});
  try {
    const into = createWriteStream(file, { flags: 'a', mode: 0o600, flush: true });
    await pipeline(child.stdout, into, { signal });
    await ended;
  } catch (error) {
    child.kill('SIGKILL');
    // The program's own complaint says more than that its output broke off.
    signal.throwIfAborted();
    if (child.exitCode !== null && child.exitCode !== 0) await ended;
    throw error;
  }
}

/** What the program prints, which is short. */
export async function printed(program: Program): Promise<string> {
  const { command, args, environment } = program;
  const child = spawn(command, args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  await endOf(program, child);
  return text.trim();
}

/**
 * A client that is given statements. It is told the next ones only after it has answered: one whose agent was killed has therefore
 * either reached the server, where it can be found, or has nothing to do.
 */
export class Client implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<void>;
  #heard = '';

  constructor(program: Program) {
    const { command, args, environment } = program;
    this.#child = spawn(command, args, { env: { ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = endOf(program, this.#child);
    this.#ended.catch(() => {});
    this.#child.stdin.on('error', () => {}); // Its end tells more.
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (piece) => {
        this.#heard = (this.#heard + piece).slice(-longestTail);
        this.#child.emit('heard');
      });
  }

  /** Says something that makes it print the marker, and waits for that: all that was said before is done then. */
  async ask(words: (marker: string) => string): Promise<void> {
    const marker = `nadi-${randomUUID()}`;
    this.#child.stdin.write(words(marker));
    const silent = this.#ended.then(() => Promise.reject(new Error('The database client ended too early.')));
    silent.catch(() => {});
    while (!this.#heard.includes(marker)) await Promise.race([once(this.#child, 'heard'), silent]);
  }

  /** Says all of it. */
  async feed(pieces: AsyncIterable<Uint8Array | string> | Iterable<string>): Promise<void> {
    for await (const piece of pieces)
      if (!this.#child.stdin.write(piece))
        await Promise.race([once(this.#child.stdin, 'drain'), this.#gone()]);
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended.catch(() => {});
  }

  async #gone(): Promise<void> {
    await this.#ended;
    throw new Error('The database client ended too early.');
  }
}

async function endOf({ command }: Program, child: ChildProcess): Promise<void> {
  let faults = '';
  child.stderr?.on('data', (piece) => (faults = (faults + piece).slice(-longestTail)));
  const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  const told = faults.replaceAll(/nadi-[0-9a-f-]{36}\n?/g, '').trim();
  throw new AgentError('database_tool_failed', {
    en: `${command} ended with ${by ?? code}. ${told}`,
    id: `${command} berakhir dengan ${by ?? code}. ${told}`,
  });
}
