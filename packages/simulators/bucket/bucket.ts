import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BucketOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly name: string;
}

/** What goes wrong with the next request of a method, once. */
export interface BucketFault {
  readonly method: string;
  readonly do: 'refuse' | 'cut' | 'change';
}

export interface Bucket extends AsyncDisposable {
  readonly url: string;
  /** What it holds, by key. */
  readonly objects: Map<string, Buffer>;
  /** Every request so far, as "PUT key". */
  readonly requests: string[];
  readonly faults: BucketFault[];
}

/**
 * An S3-compatible store with one bucket: PUT, GET with ranges, HEAD and DELETE by path, and lists by prefix in short pages. It checks each request's signature by itself
 * (AWS Signature Version 4), and each body against the hash that was signed.
 */
export async function startBucket(options: BucketOptions): Promise<Bucket> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const faults: BucketFault[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray());
    const { method = '' } = request;
    const [url = '', query = ''] = (request.url ?? '').split('?');
    const key = decodeURIComponent(url.slice(`/${options.name}/`.length));
    requests.push(`${method} ${key}`);
    const fault = faults.findIndex((item) => item.method === method);
    const wrong = fault < 0 ? undefined : faults.splice(fault, 1)[0]?.do;
    if (wrong === 'refuse') return say(response, 503);
    if (!url.startsWith(`/${options.name}/`)) return say(response, 404);
    if (!isSigned(request, options)) return say(response, 403);
    const claimed = request.headers['x-amz-content-sha256'];
    if (createHash('sha256').update(body).digest('hex') !== claimed) return say(response, 400);
    if (method === 'PUT') {
      if (request.headers['content-length'] === undefined) return say(response, 411);
      objects.set(key, body);
      return say(response, 200);
    }
    if (method === 'GET' && key === '') return list(response, objects, new URLSearchParams(query));
    const found = objects.get(key);
    if (method === 'DELETE') {
      objects.delete(key);
      return say(response, 204);
    }
    if (found === undefined) return say(response, 404);
    give(
      response,
      request,
      wrong === 'change' ? Buffer.from(found.map((byte) => byte ^ 1)) : found,
      wrong === 'cut',
    );
  };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    objects,
    requests,
    faults,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function say(response: ServerResponse, status: number): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(status === 204 ? undefined : '<Result/>');
}

const keysOnPage = 3;

/** docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
function list(response: ServerResponse, objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): void {
  const after = query.get('continuation-token') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after);
  const page = keys.sort().slice(0, keysOnPage);
  const entries = page.map(
    (key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`,
  );
  const next =
    keys.length > page.length ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(`<ListBucketResult>${entries.join('')}${next}</ListBucketResult>`);
}

function give(response: ServerResponse, request: IncomingMessage, body: Buffer, cut: boolean): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const part = first === undefined ? body : body.subarray(Number(first), Number(last) + 1);
  const range = first === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${body.length}` };
  response.writeHead(first === undefined ? 200 : 206, { 'content-length': part.length, ...range });
  if (request.method === 'HEAD') response.end();
  else if (cut) response.write(part.subarray(0, part.length >> 1), () => response.destroy());
  else response.end(part);
}

/** docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
function isSigned(
  request: IncomingMessage,
  { accessKeyId, secretAccessKey, region }: BucketOptions,
): boolean {
  const [, key, date, inRegion, service, names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    ) ?? [];
  const at = String(request.headers['x-amz-date']);
  if (key !== accessKeyId || inRegion !== region || service !== 's3' || !at.startsWith(date ?? '-'))
    return false;
  const signed = names.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => signed.includes(name))) return false;
  const [path, query = ''] = (request.url ?? '').split('?');
  const pairs = [...new URLSearchParams(query)].map((pair) => pair.map(encodeURIComponent).join('='));
  const canonical = [
    request.method,
    path,
    pairs.sort().join('&'),
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    request.headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', at, scope, createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  );
  const hmac = (secret: string | Buffer, value: string) =>
    createHmac('sha256', secret).update(value).digest();
  const signing = [String(date), region, 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  );
  return timingSafeEqual(hmac(signing, text), Buffer.from(signature, 'hex'));
}
