import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import { errorCatalog, type NamedEndpoint } from '#contract';
import { type TestApp, testPassword } from '../support/test-app.ts';
import { newTestPassword } from './examples.ts';
import type { Example } from './prepare.ts';
import { inModel, type Refusal } from './wires.ts';
import { routerSecret } from './world.ts';

/** One request as text, so that it may be anything. */
export interface Attempt {
  /** What is wrong with it, for a failure's message. */
  readonly what: string;
  readonly token?: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly payload?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it must be refused; otherwise any answer below 500 will do. */
  readonly refused: boolean;
  /** The field that a 422 must name. */
  readonly field?: string;
  /** A text that an accepted answer must hold as it is under this key. */
  readonly stored?: { readonly key: string; readonly text: string };
}

let addresses = 0;

/** Sends it from an address of its own, in Indonesian unless said otherwise. */
export function send(nadi: TestApp, attempt: Attempt): Promise<LightMyRequestResponse> {
  addresses += 1;
  const { token, method, url, payload, headers } = attempt;
  return nadi.app.inject({
    method,
    url,
    remoteAddress: `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`,
    headers: {
      'accept-language': 'id',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
}

/** The request of an example. */
export function attemptOf({ name, spec }: NamedEndpoint, example: Example): Attempt {
  return {
    what: name,
    token: example.token,
    method: spec.method,
    url: urlOf(
      spec.path,
      example.params,
      new URLSearchParams(example.query as Record<string, string>).toString(),
    ), // queryOf made texts of them.
    ...(example.body === undefined ? {} : { payload: JSON.stringify(example.body) }),
    ...(example.payload === undefined ? {} : { payload: example.payload }),
    ...(example.headers === undefined ? {} : { headers: example.headers }),
    refused: false,
  };
}

export function urlOf(path: string, params: Readonly<Record<string, string>>, query: string): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
  return query === '' ? filled : `${filled}?${query}`;
}

/** No refusal repeats a password of the request, or the beginning of a stored one. */
const neverSaid = [testPassword, newTestPassword, routerSecret, '$argon2'];

/** Checks that the answer is the error model, in Indonesian: `{ message, code, errors? }` and nothing else. */
export function refusalOf(answer: LightMyRequestResponse, what: string): Refusal {
  const shown = `${what}: ${answer.statusCode} ${answer.body.slice(0, 300)}`;
  assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, shown);
  assert.match(String(answer.headers['content-type']), /^application\/json/, shown);
  assert.ok(answer.headers['x-request-id'], shown);
  const body = inModel(answer.json(), answer.statusCode);
  for (const secret of neverSaid) assert.ok(!answer.body.includes(secret), `${what} shows ${secret}`);
  const { message, code, errors, ...rest } = body;
  assert.deepEqual(rest, {}, shown);
  assert.ok(Object.hasOwn(errorCatalog, code), shown);
  assert.equal(errorCatalog[code].status, answer.statusCode, shown);
  assert.ok(message.length > 0 && message !== errorCatalog[code].en, shown);
  if (code === 'validation_failed') {
    const texts = Object.values(errors ?? {});
    assert.ok(texts.length > 0, `${shown}: no field is named`);
    assert.ok(
      texts.flat().every((text) => typeof text === 'string' && text !== ''),
      shown,
    );
  }
  if (answer.statusCode === 429) assert.ok(Number(answer.headers['retry-after']) > 0, shown);
  return body;
}

/** Works off a list with as many at a time as the pool has connections for. Throws once, with what failed of it all. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  width = 8,
): Promise<R[]> {
  const results: R[] = [];
  const failures: string[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      try {
        results[index] = await work(item);
      } catch (error) {
        failures.push(error instanceof Error ? error.message.slice(0, 400) : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  if (failures.length > 0)
    assert.fail(`${failures.length} of ${items.length}:\n${failures.slice(0, 12).join('\n')}`);
  return results;
}
