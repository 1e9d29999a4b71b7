import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { allEndpoints } from '#contract';
import { contractApp } from './contract-app.ts';
import { knownSecrets, refuseSecrets, shownByPurpose, unreadSecretColumns } from './secrets.ts';
import { attemptOf, send } from './send.ts';
import { sharingWorlds } from './shared-world.ts';

const nadi = await contractApp();
after(() => nadi[Symbol.asyncDispose]());

test('no answer declares a field that holds a secret, but where that is its purpose', () => {
  for (const { name, spec } of allEndpoints) {
    const declared = JSON.stringify(z.toJSONSchema(spec.response, { unrepresentable: 'any' }));
    const keys = [
      ...declared.matchAll(
        /"(\w*(?:password|secret|token|hash|recovery_codes|api_key|license_key|_url)\w*)":/g,
      ),
    ].map(([, key = '']) => key);
    const harmless = [
      'secrets',
      'has_password',
      'payment_url',
      'first_page_url',
      'last_page_url',
      'next_page_url',
      'prev_page_url',
      // Of a package: who may have it proves that anew.
      'download_url',
      'browser_download_url',
      // With them one can pay, and nothing else; the browser is given them.
      'snap_token',
      'redirect_url',
    ];
    const secret = [...new Set(keys)].filter((key) => !harmless.includes(key));
    assert.deepEqual(secret.sort(), [...(shownByPurpose[name] ?? [])].sort(), name);
  }
});

test('no answer and no line of the log holds a secret of the database', async () => {
  assert.deepEqual(await unreadSecretColumns(nadi), []);
  const answers: { name: string; body: string }[] = [];
  const given: string[] = [];
  const prepared = await sharingWorlds(nadi);
  for (const endpoint of allEndpoints) {
    for (const example of (await prepared(endpoint)).examples) {
      const answer = await send(nadi, attemptOf(endpoint, example));
      assert.equal(answer.statusCode, endpoint.spec.status, `${endpoint.name}: ${answer.body}`);
      const shown = shownByPurpose[endpoint.name] ?? [];
      if (shown.length === 0) answers.push({ name: endpoint.name, body: answer.body });
      else given.push(...secretsIn(answer.json(), shown));
    }
  }
  answers.push(...(await everythingShown()));
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

/** The newest of every list, and each row of it by itself. */
async function everythingShown(): Promise<{ name: string; body: string }[]> {
  const reads = allEndpoints.filter(
    ({ name, spec }) =>
      spec.method === 'GET' && spec.permission !== 'customer' && shownByPurpose[name] === undefined,
  );
  // A list within something is read below, with each of what it is of.
  const lists = reads.filter(
    ({ spec }) =>
      spec.response instanceof z.ZodObject &&
      'next_cursor' in spec.response.shape &&
      !spec.path.includes(':'),
  );
  const shown: { name: string; body: string }[] = [];
  for (const { name, spec } of lists) {
    const list = await nadi.request({ as: 'super_owner', url: `${spec.path}?per_page=25` });
    assert.equal(list.statusCode, 200, `${name}: ${list.body}`);
    shown.push({ name, body: list.body });
    const shows = reads.filter((read) => read.spec.path.startsWith(`${spec.path}/:id`));
    // What waits for signatures is no list of rows.
    const { data = [] } = list.json<{ data?: { id: string }[] }>();
    for (const { id } of data) {
      for (const show of shows) {
        const url = show.spec.path.replace(':id', id);
        shown.push({ name: show.name, body: (await nadi.request({ as: 'super_owner', url })).body });
      }
    }
  }
  assert.ok(shown.some(({ name, body }) => name === 'showCustomer' && body.includes('"service":"pppoe"')));
  return shown;
}
