import { openAsBlob } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '#kit/clock.ts';
import type { BucketConfig } from '#kit/config-releases.ts';
import { BlobMissing, type BlobStore, type Span, storeFault, verified } from './blob-store.ts';

/** What the store takes to answer, and then from one piece to the next. */
const patience = 30_000;

interface Asked {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly headers?: Record<string, string>;
  readonly body?: Blob;
}

/** Blobs in a bucket of an S3-compatible store, by path (docs.aws.amazon.com/AmazonS3/latest/API). Each PUT is whole or is not. */
export function bucketStore(bucket: BucketConfig, clock: Clock): BlobStore {
  const { accessKeyId, secretAccessKey, region } = bucket;
  const ask = async (hash: string, { method, headers = {}, body }: Asked, signal: AbortSignal) => {
    const signer = new AwsV4Signer({
      method,
      url: `${bucket.endpoint}/${bucket.name}/${bucket.prefix}${hash}`,
      // The store compares what arrives with it.
      headers: { 'x-amz-content-sha256': body === undefined ? emptyHash : hash, ...headers },
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
      datetime: clock.now().round('second').toString().replace(/[:-]/g, ''),
    });
    const signed = await signer.sign();
    return fetch(signed.url, {
      method,
      headers: signed.headers,
      signal,
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
    });
  };
  const briefly = async (hash: string, asked: Asked, allowed: readonly number[]) => {
    try {
      const signal = AbortSignal.timeout(asked.method === 'PUT' ? 60 * patience : patience);
      const answer = await ask(hash, asked, signal);
      await answer.body?.cancel();
      if (!answer.ok && !allowed.includes(answer.status)) throw refusedBy(answer.status);
      return answer;
    } catch (error) {
      throw storeFault(error);
    }
  };
  return {
    spool: join(tmpdir(), 'nadi-releases'),
    async put(hash, size, file) {
      const known = await briefly(hash, { method: 'HEAD' }, [404]);
      if (known.ok && known.headers.get('content-length') === String(size)) return;
      await briefly(hash, { method: 'PUT', body: await openAsBlob(file) }, []);
    },
    open: (hash, span) => {
      const bytes = read(ask, hash, span);
      return span === undefined ? verified(hash, bytes) : bytes;
    },
    async remove(hash) {
      await briefly(hash, { method: 'DELETE' }, [404]);
    },
  };
}

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const refusedBy = (status: number) => new Error(`The bucket answered ${status}.`);

async function* read(
  ask: (hash: string, asked: Asked, signal: AbortSignal) => Promise<Response>,
  hash: string,
  span: Span | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const giveUp = new AbortController();
  let timer = setTimeout(() => giveUp.abort(), patience);
  try {
    const headers = span === undefined ? {} : { range: `bytes=${span.start}-${span.end}` };
    const answer = await ask(hash, { method: 'GET', headers }, giveUp.signal);
    if (answer.status === 404) throw new BlobMissing(hash);
    if (answer.status !== (span === undefined ? 200 : 206) || answer.body === null)
      throw refusedBy(answer.status);
    clearTimeout(timer);
    const reader = answer.body.getReader();
    for (;;) {
      // Only the store's time counts, not that of whoever reads.
      timer = setTimeout(() => giveUp.abort(), patience);
      const { value, done } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw storeFault(error);
  } finally {
    clearTimeout(timer);
    giveUp.abort();
  }
}
