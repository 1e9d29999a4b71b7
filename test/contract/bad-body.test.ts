import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { allEndpoints, type NamedEndpoint } from '#contract';
import { contractApp } from './contract-app.ts';
import { type BadValue, corruptionsOf } from './corruptions.ts';
import { databaseDigest } from './digest.ts';
import { examplesOf } from './examples.ts';
import { type Field, fieldsOf } from './facts.ts';
import { type Example, takesBytes } from './prepare.ts';
import { replaced, valueAt } from './replace.ts';
import { knownSecrets, refuseSecrets } from './secrets.ts';
import { type Attempt, attemptOf, send } from './send.ts';
import { sharingWorlds } from './shared-world.ts';
import { sweep } from './sweep.ts';
import { newWorld, type World } from './world.ts';

const nadi = await contractApp();
after(() => nadi[Symbol.asyncDispose]());
const digest = await databaseDigest(nadi.kit.pool);

// What takes any body has tests of its own: test/gateways/bad-notifications.test.ts, test/releases/life.test.ts.
for (const endpoint of allEndpoints.filter(({ spec }) => spec.body !== undefined && !takesBytes(spec))) {
  const { name, spec } = endpoint;
  test(`${name}: every field of the body of ${spec.method} ${spec.path} takes bad input without harm`, async () => {
    const world = await newWorld(nadi);
    for (const example of await examplesOf(endpoint, world, nadi)) {
      await sweep(nadi, digest, bodyAttempts(endpoint, example, world));
    }
  });
}

test('every endpoint still does its work', async () => {
  const prepared = await sharingWorlds(nadi);
  for (const endpoint of allEndpoints) {
    for (const example of (await prepared(endpoint)).examples) {
      const answer = await send(nadi, attemptOf(endpoint, example));
      assert.equal(answer.statusCode, endpoint.spec.status, `${endpoint.name}: ${answer.body}`);
    }
  }
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
      // Wires pass over what nobody knows.
      refused: endpoint.spec.wire === undefined,
      field: [...path, key].join('.'),
    })),
  );
  return [...corrupted, ...unknown];
}

function literal(field: Field, bad: BadValue): Pick<Attempt, 'stored'> {
  const [key] = field.path;
  const applies = field.path.length === 1 && typeof key === 'string' && field.facts.format === undefined;
  const isText = 'value' in bad && typeof bad.value === 'string' && !field.facts.types.has('number');
  // An e-mail address is kept in lower case, an empty text as none.
  if (!applies || !isText || key === 'email') return {};
  return { stored: { key, text: String(bad.value) } };
}
