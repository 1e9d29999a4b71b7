import { after, test } from 'node:test';
import { allEndpoints, type NamedEndpoint } from '#contract';
import { contractApp } from './contract-app.ts';
import { corruptionsOf } from './corruptions.ts';
import { databaseDigest } from './digest.ts';
import { type Field, fieldsOf } from './facts.ts';
import { pagingAttempts } from './paging.ts';
import type { Example } from './prepare.ts';
import { type Attempt, urlOf } from './send.ts';
import { onlyReads, sharingWorlds } from './shared-world.ts';
import { sweep } from './sweep.ts';
import type { World } from './world.ts';

const nadi = await contractApp();
after(() => nadi[Symbol.asyncDispose]());
const digest = await databaseDigest(nadi.kit.pool);
// Where there is nothing to ask for, all that is tried is refused.
const prepared = await sharingWorlds(
  nadi,
  (endpoint) =>
    onlyReads(endpoint) || (endpoint.spec.query === undefined && endpoint.spec.wire === undefined),
);

for (const endpoint of allEndpoints) {
  const { name, spec } = endpoint;
  test(`${name}: the query of ${spec.method} ${spec.path} takes bad input without harm`, async () => {
    const { world, examples } = await prepared(endpoint);
    for (const example of examples) {
      await sweep(nadi, digest, queryAttempts(endpoint, example, world));
    }
  });
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
  // Old clients may ask for more than is known.
  const isStrict = spec.wire === undefined;
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
      one(`${field.path} as list`, `${field.path}[]=1`, isStrict),
      one(`${field.path} as object`, `${field.path}[a]=1`, isStrict),
      one(`${field.path} NUL`, filter(field, '%00'), true, String(field.path[0])),
      ...['%zz', '%ff', '%', '%u0041', '+', '%ed%a0%80'].map((text) =>
        one(`${field.path} ${text}`, filter(field, text), false),
      ),
      one(`${field.path} without value`, String(field.path), false),
    ]),
    ...['unknown=1', '__proto__=1', '__proto__[a]=1', 'constructor=1', '=1', '%00=1', 'Page=1'].map((query) =>
      one(query, query, isStrict),
    ),
    ...(fields.some((field) => field.path[0] === 'page') ? pagingAttempts(one, isStrict) : []),
  ];
}
