import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Fetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { temporaryName } from './files.ts';

/** How long a server may take, and how little it may send. */
export interface FetchLimits {
  /** Until its headers are there. */
  readonly answerMs: number;
  /** In each such window there must be `leastBytes` more, or the end. */
  readonly windowMs: number;
  readonly leastBytes: number;
}

/** A line of 1 kB/s still gets its update; a server that hands out bytes one by one is given up after two minutes. */
export const usualLimits: FetchLimits = { answerMs: 30_000, windowMs: 120_000, leastBytes: 120_000 };

/** A download that was given up: too much, too slow, from nowhere one may fetch from. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
}

/**
 * Fetches with the built-in fetch, over HTTPS or from this machine alone. Nothing is read beyond `maxLength`, and a server that is
 * slower than the limits is given up, so that none can keep an installation waiting for ever. tuf-js's own has one time limit for
 * the whole of a download, which is too short for a large file and far too long for a small one, and leaves connections open.
 */
export class LimitedFetcher implements Fetcher {
  readonly #limits: FetchLimits;
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;

  /** `folder`: where files stand while they are fetched. */
  constructor(limits: FetchLimits, folder: string, signal: AbortSignal | undefined) {
    this.#limits = limits;
    this.#folder = folder;
    this.#signal = signal;
  }

  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#chunks(url, maxLength)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async downloadFile<T>(url: string, maxLength: number, handle: (file: string) => Promise<T>): Promise<T> {
    const part = temporaryName(join(this.#folder, 'download'));
    try {
      await pipeline(Readable.from(this.#chunks(url, maxLength)), createWriteStream(part));
      return await handle(part);
    } finally {
      await rm(part, { force: true });
    }
  }

  async *#chunks(url: string, maxLength: number): AsyncGenerator<Uint8Array> {
    const slow = new AbortController();
    const giveUp = () => slow.abort(new FetchError(`${shown(url)} answers too slowly.`));
    let timer = setTimeout(giveUp, this.#limits.answerMs);
    try {
      const signals = this.#signal === undefined ? [slow.signal] : [slow.signal, this.#signal];
      const response = await follow(url, AbortSignal.any(signals));
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        throw new DownloadHTTPError(`${shown(url)} answers ${response.status}.`, response.status);
      }
      let received = 0;
      let counted = 0;
      clearTimeout(timer);
      timer = setInterval(() => {
        if (received - counted < this.#limits.leastBytes) giveUp();
        counted = received;
      }, this.#limits.windowMs);
      for await (const chunk of response.body) {
        received += chunk.length;
        if (received > maxLength)
          throw new FetchError(`${shown(url)} sends more than the ${maxLength} bytes it may.`);
        yield chunk;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

const mostRedirects = 5;

/** What the address answers, or the one it leads to; each of them is judged before it is asked. */
async function follow(address: string, signal: AbortSignal): Promise<Response> {
  let url = address;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    refuseOpen(url);
    // Lengths are of the file, not of what a proxy made of it.
    const headers = { 'accept-encoding': 'identity' };
    const response = await fetch(url, { signal, redirect: 'manual', headers });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, url)) break;
    url = new URL(location, url).href;
  }
  throw new FetchError(`${shown(address)} leads nowhere.`);
}

/** @throws {FetchError} where anybody on the way could read and change what is fetched. */
function refuseOpen(address: string): void {
  const url = new URL(address);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) {
    throw new FetchError(`${shown(address)} is not fetched from: use an address with https://.`);
  }
}

/** Without its query, which may hold a token. */
function shown(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
