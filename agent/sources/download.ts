import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AgentError } from '../errors.ts';
import { ofTheMachine } from '../machine-faults.ts';
import { reasonOf, refuseUnsafe, shown, unreachable } from './ask.ts';
import type { Progress } from './source.ts';

export interface Wanted {
  readonly url: string;
  /** Sent to the origin of the address alone, and never to where it leads. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 in hex; undefined where it is not to be compared. */
  readonly checksum: string | undefined;
  readonly size: number | undefined;
}

/** How little a server may send, and how often a line may break. */
export interface Patience {
  /** At least a byte must come in each (decisions.md, OTA wire: 120 s without progress). */
  readonly seconds: number;
}

const usual: Patience = { seconds: 120 };
/** Tries in a row that bring nothing: what was on its way when a line broke may be lost. */
const mostInVain = 3;
/** Where nobody told how large it is. */
const largest = 2048 * 1024 * 1024;

/**
 * Fetches a package into the file. What a former call left of it there is gone on with, if its name says the checksum; so is what comes
 * of a line that breaks, as long as some try brings it further.
 * @throws {AgentError} unreachable, refused, too_large, checksum_differs
 */
export async function download(
  wanted: Wanted,
  file: string,
  signal: AbortSignal,
  told: Progress,
  patience = usual,
): Promise<void> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (wanted.checksum === undefined) rmSync(file, { force: true });
  for (let isAgain = false; ; isAgain = true) {
    const began = sizeOf(file);
    await fetchAll(wanted, file, signal, told, patience);
    if (wanted.checksum === undefined || (await hashOf(file)) === wanted.checksum) return;
    rmSync(file, { force: true });
    // What was gone on with may have been of something else.
    if (began === 0 || isAgain)
      throw new AgentError('checksum_differs', {
        en: `${shown(wanted.url)} sent something else than was announced: its checksum differs. Nothing was changed. Try again later, and tell the vendor if it stays so.`,
        id: `${shown(wanted.url)} mengirim sesuatu yang berbeda dari yang diumumkan: checksum-nya tidak sama. Tidak ada yang diubah. Coba lagi nanti, dan beri tahu vendor bila tetap begitu.`,
      });
  }
}

async function fetchAll(
  wanted: Wanted,
  file: string,
  signal: AbortSignal,
  told: Progress,
  patience: Patience,
): Promise<void> {
  for (let vain = 0; ; ) {
    const before = sizeOf(file);
    if (wanted.size !== undefined && before === wanted.size && before > 0) return;
    try {
      return await fetchRest(wanted, file, signal, told, patience);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AgentError) throw error;
      const here = ofTheMachine(error);
      if (here !== undefined) throw here;
      vain = sizeOf(file) > before ? 0 : vain + 1;
      if (vain === mostInVain) throw unreachable(wanted.url, reasonOf(error), error);
    }
  }
}

/** Fetches what the file lacks, and appends it. */
async function fetchRest(
  { url, headers, size }: Wanted,
  file: string,
  signal: AbortSignal,
  told: Progress,
  { seconds }: Patience,
): Promise<void> {
  const slow = new AbortController();
  const giveUp = () => slow.abort(new Error(`nothing came for ${seconds} seconds`));
  let timer = setTimeout(giveUp, seconds * 1000);
  try {
    const from = sizeOf(file);
    const range = from === 0 ? {} : { range: `bytes=${from}-` };
    const both = AbortSignal.any([slow.signal, signal]);
    const response = await follow(url, { ...headers, ...range }, both);
    const isRest = response.status === 206 && startOf(response) === from;
    if (response.status === 416 || (response.status === 206 && !isRest)) {
      // What is there is no beginning of it; the next try has all of it.
      await response.body?.cancel();
      rmSync(file, { force: true });
      if (from === 0) throw refused(url, response.status);
      return await fetchRest({ url, headers, size, checksum: undefined }, file, signal, told, { seconds });
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw refused(url, response.status);
    }
    await using handle = await open(file, isRest ? 'a' : 'w', 0o600);
    let there = isRest ? from : 0;
    for await (const piece of response.body) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, seconds * 1000);
      there += piece.length;
      if (there > (size ?? largest)) {
        rmSync(file, { force: true });
        throw new AgentError('too_large', {
          en: `${shown(url)} sends more than the ${size ?? largest} bytes that were announced. Nothing was changed. Tell the vendor.`,
          id: `${shown(url)} mengirim lebih dari ${size ?? largest} byte yang diumumkan. Tidak ada yang diubah. Beri tahu vendor.`,
        });
      }
      await handle.writeFile(piece);
      told(there, size);
    }
    if (size !== undefined && there < size) throw new Error('the line broke');
    await handle.sync();
  } catch (error) {
    if (slow.signal.aborted) throw unreachable(url, reasonOf(slow.signal.reason), error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const mostRedirects = 5;

async function follow(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  let url = address;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    refuseUnsafe(url);
    const isHome = new URL(url).origin === new URL(address).origin;
    const range = headers.range === undefined ? {} : { range: headers.range };
    // Lengths are of the file, not of what a proxy made of it.
    const sent = { 'accept-encoding': 'identity', ...(isHome ? headers : range) };
    const response = await fetch(url, { headers: sent, redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, url)) break;
    url = new URL(location, url).href;
  }
  throw unreachable(address, 'it leads nowhere');
}

function startOf(response: Response): number | undefined {
  const found = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

function refused(url: string, status: number): AgentError {
  return new AgentError('refused', {
    en: `${shown(url)} does not give out the update (${status}). Check again: it may have been withdrawn.`,
    id: `${shown(url)} tidak memberikan pembaruannya (${status}). Periksa lagi: mungkin sudah ditarik.`,
  });
}

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest('hex');
}
