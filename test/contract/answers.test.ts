import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { allEndpoints } from '../../packages/contract/all.ts';
import { testApp } from '../support/test-app.ts';
import { examplesOf } from './examples.ts';
import { knownSecrets, refuseSecrets, shownByPurpose, unreadSecretColumns } from './secrets.ts';
import { attemptOf, send } from './send.ts';
import { newWorld } from './world.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());

test('no answer declares a field that holds a secret, but where that is its purpose', () => {
  for (const { name, spec } of allEndpoints) {
    const declared = JSON.stringify(z.toJSONSchema(spec.response, { unrepresentable: 'any' }));
    const keys = [
      ...declared.matchAll(/"(\w*(?:password|secret|token|hash|recovery_codes|api_key|_url)\w*)":/g),
    ].map(([, key = '']) => key);
    const harmless = [
      'secrets',
      'payment_url',
      'first_page_url',
      'last_page_url',
      'next_page_url',
      'prev_page_url',
    ];
    const secret = [...new Set(keys)].filter((key) => !harmless.includes(key));
    assert.deepEqual(secret.sort(), [...(shownByPurpose[name] ?? [])].sort(), name);
  }
});

test('no answer and no line of the log holds a secret of the database', async () => {
  assert.deepEqual(await unreadSecretColumns(nadi), []);
  const answers: { name: string; body: string }[] = [];
  const given: string[] = [];
  for (const endpoint of allEndpoints) {
    const world = await newWorld(nadi);
    for (const example of await examplesOf(endpoint, world, nadi)) {
      const answer = await send(nadi, attemptOf(endpoint, example));
      assert.equal(answer.statusCode, endpoint.spec.status, `${endpoint.name}: ${answer.body}`);
      const shown = shownByPurpose[endpoint.name] ?? [];
      if (shown.length === 0) answers.push({ name: endpoint.name, body: answer.body });
      else given.push(...secretsIn(answer.json(), shown));
      // Everything that can be listed, as it is after each change.
      if (endpoint.spec.method === 'GET' && endpoint.spec.query) {
        const all = await nadi.request({
          url: `${endpoint.spec.path}?${endpoint.spec.path.includes('recent') ? 'limit' : 'per_page'}=100`,
        });
        answers.push({ name: `${endpoint.name}, all`, body: all.body });
      }
    }
  }
  assert.ok(given.length >= 15);
  const secrets = [...(await knownSecrets(nadi)), ...given];
  for (const { name, body } of answers) refuseSecrets(body, secrets, name);
  refuseSecrets(nadi.logged(), secrets, 'the log');
  const changes = await nadi.kit.pool.query('select old_values, new_values from audit_logs');
  refuseSecrets(JSON.stringify(changes.rows), secrets, 'the audit log');
});

/** The secret texts of an answer: a token's second half, a link's token, each code. */
function secretsIn(answer: Record<string, unknown>, keys: readonly string[]): string[] {
  return keys
    .flatMap((key) => answer[key])
    .map((value) =>
      String(value)
        .replace(/^\d+\|/, '')
        .replace(/^.*[?&](?:token|secret)=([^&]+).*$/, '$1'),
    );
}
