import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import type { Vault } from './vault.ts';

export interface Bucket {
  /** `https://…`, without the bucket's name. */
  readonly endpoint: string;
  readonly name: string;
  /** Before each name; of this installation alone. Ends in a slash where it is not empty. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Asked {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const patienceMs = 60_000;
const attempts = 3;

/** A vault in a bucket of an S3-compatible store (docs.aws.amazon.com/AmazonS3/latest/API). A PUT is whole or is not. */
export function bucketVault(bucket: Bucket, clock: Clock): Vault {
  const { endpoint, name: bucketName, prefix, region, accessKeyId, secretAccessKey } = bucket;
  const once = async ({ method, path, query = {}, body }: Asked) => {
    const url = new URL(`${endpoint}/${bucketName}/${path}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: {
        'x-amz-content-sha256': createHash('sha256')
          .update(body ?? '')
          .digest('hex'),
      },
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
      datetime: clock.now().round('second').toString().replace(/[:-]/g, ''),
    });
    const signed = await signer.sign();
    const answer = await fetch(signed.url, {
      method,
      headers: signed.headers,
      signal: AbortSignal.timeout(patienceMs),
      redirect: 'error',
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok && answer.status !== 404) throw new Error(`The bucket answered ${answer.status}.`);
    return { isThere: answer.ok, bytes };
  };
  const ask = async (asked: Asked) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(asked);
      } catch (cause) {
        if (attempt === attempts) throw unreachable(bucketName, cause);
      }
    }
  };
  return {
    place: `${endpoint}/${bucketName}/${prefix}`,
    async put(name, body) {
      const { isThere } = await ask({ method: 'PUT', path: prefix + name, body });
      if (!isThere) throw unreachable(bucketName, new Error('The bucket is not there.'));
    },
    async get(name) {
      const { isThere, bytes } = await ask({ method: 'GET', path: prefix + name });
      return isThere ? bytes : undefined;
    },
    async *names(start) {
      for (let next: string | undefined = ''; next !== undefined; ) {
        const { isThere, bytes } = await ask({
          method: 'GET',
          path: '',
          query: {
            'list-type': '2',
            prefix: prefix + start,
            ...(next === '' ? {} : { 'continuation-token': next }),
          },
        });
        if (!isThere) throw unreachable(bucketName, new Error('The bucket is not there.'));
        const page = bytes.toString();
        for (const [, entry = ''] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs))
          yield [(inTag(entry, 'Key') ?? '').slice(prefix.length), Number(inTag(entry, 'Size'))];
        next = inTag(page, 'NextContinuationToken');
      }
    },
    async remove(name) {
      await ask({ method: 'DELETE', path: prefix + name });
    },
  };
}

/** What the first tag of this name holds; our names and the tokens need no more of XML. */
function inTag(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml) ?? [];
  return text
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function unreachable(name: string, cause: unknown): AgentError {
  const told = cause instanceof Error ? cause.message : '';
  return new AgentError(
    'backup_place_unreachable',
    {
      en: `The bucket ${name} for backups cannot be used: ${told} Check the network, its name and the keys, and try again.`,
      id: `Bucket ${name} untuk cadangan tidak dapat dipakai: ${told} Periksa jaringan, nama bucket, dan kuncinya, lalu coba lagi.`,
    },
    { cause },
  );
}
