import type { z } from 'zod';
import { isSafe } from '../config/environment.ts';
import { AgentError } from '../errors.ts';

export interface Request {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  /** Until all of the answer is there. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Lists of releases with their changelogs are some hundred kilobytes. */
const largestAnswer = 8 * 1024 * 1024;

/**
 * Asks a server, which is not followed elsewhere: what is sent is for it alone.
 * @throws {AgentError} unreachable: it does not answer in time, answers endlessly, or the line broke
 */
export async function ask(request: Request): Promise<Answered> {
  const { url, method = 'GET', headers = {}, json, seconds, signal } = request;
  refuseUnsafe(url);
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.any([limit, signal]),
      headers: {
        accept: 'application/json',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return { status: response.status, headers: response.headers, text: await textOf(response) };
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(
      url,
      limit.aborted ? `it did not answer within ${seconds} seconds` : reasonOf(error),
      error,
    );
  }
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > largestAnswer) throw new Error('its answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The answer as JSON of the shape. @throws {AgentError} unreadable */
export function readAnswer<T>(
  { url }: Pick<Request, 'url'>,
  { status, text }: Answered,
  shape: z.ZodType<T>,
): T {
  let read: ReturnType<typeof shape.safeParse> | undefined;
  try {
    read = shape.safeParse(JSON.parse(text));
  } catch {
    // It is told below.
  }
  if (read?.success === true) return read.data;
  throw new AgentError('unreadable', {
    en: `${shown(url)} gave an answer (${status}) that is not understood. Is this the address of the update server?`,
    id: `${shown(url)} memberi jawaban (${status}) yang tidak dapat dibaca. Apakah ini alamat server pembaruan?`,
  });
}

/** @throws {AgentError} unsafe_address */
export function refuseUnsafe(address: string): void {
  if (URL.canParse(address) && isSafe(new URL(address))) return;
  const where = URL.canParse(address) ? shown(address) : 'This';
  throw new AgentError('unsafe_address', {
    en: `${where} is not fetched from: its address must begin with https://.`,
    id: `${where} tidak diambil: alamatnya harus diawali https://.`,
  });
}

export function unreachable(url: string, why: string, cause?: unknown): AgentError {
  return new AgentError(
    'unreachable',
    {
      en: `${shown(url)} cannot be reached: ${why}. Check the network and try again.`,
      id: `${shown(url)} tidak dapat dihubungi: ${why}. Periksa jaringan lalu coba lagi.`,
    },
    { cause },
  );
}

export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** Without its query, which may hold a token. */
export function shown(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
