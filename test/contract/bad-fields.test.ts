import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { allEndpoints, type NamedEndpoint } from '../../packages/contract/all.ts';
import { testApp } from '../support/test-app.ts';
import { type BadValue, corruptionsOf } from './corruptions.ts';
import { databaseDigest } from './digest.ts';
import { type Example, examplesOf } from './examples.ts';
import { type Field, fieldsOf } from './facts.ts';
import { knownSecrets, refuseSecrets } from './secrets.ts';
import { type Attempt, attemptOf, send, urlOf } from './send.ts';
import { sweep } from './sweep.ts';
import { newWorld, type World } from './world.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
const digest = await databaseDigest(nadi.kit.pool);
let sent = 0;

for (const endpoint of allEndpoints) {
  const { name, spec } = endpoint;
  test(`${name}: every field of ${spec.method} ${spec.path} takes bad input without harm`, async () => {
    const world = await newWorld(nadi);
    for (const example of await examplesOf(endpoint, world, nadi)) {
      const attempts = [
        ...bodyAttempts(endpoint, example, world),
        ...queryAttempts(endpoint, example, world),
      ];
      sent += await sweep(nadi, digest, attempts);
    }
  });
}

test('every endpoint still does its work', async () => {
  for (const endpoint of allEndpoints) {
    const world = await newWorld(nadi);
    for (const example of await examplesOf(endpoint, world, nadi)) {
      const answer = await send(nadi, attemptOf(endpoint, example));
      assert.equal(answer.statusCode, endpoint.spec.status, `${endpoint.name}: ${answer.body}`);
    }
  }
  assert.ok(sent > 1000, `only ${sent} bad requests were sent`);
  refuseSecrets(nadi.logged(), await knownSecrets(nadi), 'the log of the sweep');
  const { rows } = await nadi.kit.pool.query(
    "select count(*)::int as n from users where role <> 'super_owner'",
  );
  assert.ok(rows[0].n >= 3);
});

function bodyAttempts(endpoint: NamedEndpoint, example: Example, world: World): Attempt[] {
  const { body } = example;
  if (body === undefined) return [];
  const base = attemptOf(endpoint, example);
  const fields = fieldsOf(endpoint.spec.body).filter((field) => valueAt(body, field.path) !== undefined);
  const corrupted = fields.flatMap((field) =>
    corruptionsOf(field, world, 'body').map(({ name, bad, refused }) => {
      const path = field.path.join('.');
      return {
        ...base,
        what: `${endpoint.name} ${path}: ${name}`,
        payload: replaced(body, field.path, bad),
        refused,
        field: path,
        ...literal(field, bad),
      };
    }),
  );
  const objects = [[], ...fields.map((field) => field.path.slice(0, -1)).filter((path) => path.length > 0)];
  const unknown = objects.flatMap((path) =>
    ['is_admin', 'created_at', 'password_hash', '__defineGetter__', 'toString'].map((key) => ({
      ...base,
      what: `${endpoint.name}: unknown ${key}`,
      payload: replaced(body, [...path, key], { value: 'x' }),
      refused: true,
      field: [...path, key].join('.'),
    })),
  );
  return [...corrupted, ...unknown];
}

function queryAttempts({ name: endpoint, spec }: NamedEndpoint, example: Example, world: World): Attempt[] {
  const base: Attempt = {
    what: endpoint,
    token: example.token,
    method: spec.method,
    url: '',
    ...(example.body === undefined ? {} : { payload: JSON.stringify(example.body) }),
    refused: true,
  };
  const url = (query: string) => urlOf(spec.path, example.params, query);
  const one = (what: string, query: string, refused: boolean, field?: string): Attempt => ({
    ...base,
    what: `${endpoint} ?${what}`,
    url: url(query),
    refused,
    ...(field === undefined ? {} : { field }),
  });
  const fields = fieldsOf(spec.query);
  const filter = (field: Field, text: string) => `${field.path.join('.')}=${text}`;
  return [
    ...fields.flatMap((field) =>
      corruptionsOf(field, world, 'query').flatMap(({ name, bad, refused }) =>
        'value' in bad
          ? [
              one(
                `${field.path}: ${name}`,
                filter(field, encodeURIComponent(String(bad.value))),
                refused,
                String(field.path[0]),
              ),
            ]
          : [],
      ),
    ),
    ...fields.flatMap((field) => [
      one(
        `${field.path} repeated`,
        `${filter(field, '1')}&${filter(field, '2')}`,
        true,
        String(field.path[0]),
      ),
      one(`${field.path} as list`, `${field.path}[]=1`, true),
      one(`${field.path} as object`, `${field.path}[a]=1`, true),
      one(`${field.path} NUL`, filter(field, '%00'), true, String(field.path[0])),
      ...['%zz', '%ff', '%', '%u0041', '+', '%ed%a0%80'].map((text) =>
        one(`${field.path} ${text}`, filter(field, text), false),
      ),
      one(`${field.path} without value`, String(field.path), false),
    ]),
    ...['unknown=1', '__proto__=1', '__proto__[a]=1', 'constructor=1', '=1', '%00=1', 'Page=1'].map((query) =>
      one(query, query, true),
    ),
    ...(fields.some((field) => field.path[0] === 'page') ? paging(one) : []),
  ];
}

function paging(one: (what: string, query: string, refused: boolean, field?: string) => Attempt): Attempt[] {
  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  const id = '019bbf5c-6000-7000-8000-000000000000';
  const at = '2025-01-05T00:00:00.000Z';
  const bad = [
    'garbage',
    '!!!!',
    'x'.repeat(199),
    cursor("'; drop table users; --"),
    cursor(`${at} '; drop table users; --`),
    cursor(`2025-13-45T00:00:00.000Z ${id}`),
    cursor(`2025-02-30T00:00:00.000Z ${id}`),
    cursor(`2025-02-29T00:00:00.000Z ${id}`),
    cursor(`2025-01-05T25:00:00.000Z ${id}`),
    cursor(`0000-01-01T00:00:00.000Z ${id}`),
    cursor(`${at} ${id}\0`),
    cursor(`${at} not-a-uuid`),
    cursor(`${at} 99999999999999999999`),
    cursor(`${at}`),
    cursor(`${at} ${id} more`),
    cursor('{"created_at":{"$gt":""}}'),
  ];
  const numbers = [
    '0',
    '-1',
    '1e9',
    '1e1',
    '0x10',
    '1.5',
    ' 1',
    '+1',
    '1000000000',
    '10001',
    '99999999999999999999',
    'NaN',
    '',
    'one',
  ];
  return [
    ...bad.map((text) =>
      one(`cursor ${Buffer.from(text, 'base64url').toString('latin1')}`, `cursor=${text}`, true, 'cursor'),
    ),
    ...numbers.map((text) => one(`page ${text}`, `page=${encodeURIComponent(text)}`, true, 'page')),
    ...[...numbers, '101', '1000'].map((text) =>
      one(`per_page ${text}`, `per_page=${encodeURIComponent(text)}`, true, 'per_page'),
    ),
    one('deep page', 'page=10000&per_page=100', true, 'page'),
    one('deepest page', 'page=101&per_page=100', false),
    one('cursor in a leap second', `cursor=${cursor(`2025-01-05T23:59:60.000Z ${id}`)}`, false),
    one('cursor of nobody', `cursor=${cursor(`9999-12-31T23:59:59.999Z ${id}`)}`, false),
    one('cursor of year 1', `cursor=${cursor(`0001-01-01T00:00:00.000Z ${id}`)}`, false),
  ];
}

function literal(field: Field, bad: BadValue): Pick<Attempt, 'stored'> {
  const [key] = field.path;
  const applies = field.path.length === 1 && typeof key === 'string' && field.facts.format === undefined;
  const isText = 'value' in bad && typeof bad.value === 'string' && !field.facts.types.has('number');
  // An e-mail address is kept in lower case, an empty text as none.
  if (!applies || !isText || key === 'email') return {};
  return { stored: { key, text: String(bad.value) } };
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The body as JSON text with another value at the path. */
function replaced(body: unknown, path: readonly (string | number)[], bad: BadValue): string {
  const [key, ...rest] = path;
  if (key === undefined)
    return 'raw' in bad ? bad.raw : JSON.stringify('value' in bad ? bad.value : undefined);
  if (Array.isArray(body)) {
    return `[${body.map((item, index) => (index === key ? replaced(item, rest, bad) : JSON.stringify(item))).join()}]`;
  }
  const members = new Map(
    Object.entries((body ?? {}) as object).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  if (rest.length === 0 && 'missing' in bad) members.delete(String(key));
  else members.set(String(key), replaced(valueAt(body, [key]), rest, bad));
  return `{${[...members].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;
}
