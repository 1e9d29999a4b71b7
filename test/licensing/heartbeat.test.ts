import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ok } from '../support/provider.ts';
import {
  beating,
  call,
  directives,
  done,
  paired,
  pairing,
  refusedWith,
  rowsOf,
  signer,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

test('a heartbeat renews the token, tells what the license allows, and when to come next', async () => {
  const { licenseId, token, beat } = await paired(nadi);
  nadi.clock.advance({ hours: 1 * 24 });
  const answer = await beat(token, 1);
  assert.equal(answer.statusCode, 200, answer.body);
  const body = answer.json();
  assert.deepEqual(Object.keys(body).sort(), [
    'directives',
    'features',
    'grace_until',
    'limits',
    'next_heartbeat_at',
    'overage',
    'plan',
    'server_time',
    'status',
    'token',
    'valid_until',
  ]);
  assert.notEqual(body.token, token);
  assert.deepEqual([body.status, body.directives, body.overage], ['active', [], null]);
  assert.equal(
    body.grace_until,
    nadi.clock.now().add({ hours: 720 }).toString({ fractionalSecondDigits: 3 }),
  );
  const next = Temporal.Instant.from(body.next_heartbeat_at).toZonedDateTimeISO('Asia/Jakarta');
  assert.equal(
    next.toPlainDate().toString(),
    nadi.clock.now().toZonedDateTimeISO('Asia/Jakarta').toPlainDate().add({ days: 1 }).toString(),
  );
  assert.ok(next.hour === 3 || next.hour === 4, String(next));
  const shown = await ok<{ usage: object[]; installations: { usage: object }[] }>(nadi, {
    url: `/api/licenses/${licenseId}`,
  });
  assert.deepEqual(shown.installations[0]?.usage, { rooms: 24, users: 8 });
  assert.deepEqual(shown.usage, [
    { name: 'rooms', used: 24, limit: 100, over: false },
    { name: 'users', used: 8, limit: 30, over: false },
  ]);
});

test('after a lost answer the same token works again, however often, and no copy is suspected', async () => {
  const { token, beat } = await paired(nadi);
  for (const counter of [1, 1, 2]) assert.equal((await beat(token, counter)).statusCode, 200);
  const { token: newest } = (await beat(token, 2)).json();
  assert.equal((await beat(newest, 3)).statusCode, 200);
});

test('a copy of an installation is found when both have told of themselves', async () => {
  const { token, licenseId, beat, key, machine } = await paired(nadi);
  const { token: original } = (await beat(token, 1)).json();
  // The copy was made before that, down to the machine.
  const { token: copy } = (await beat(token, 1)).json();
  const said = refusedWith(await beat(original, 2), 'TOKEN_REPLACED');
  assert.match(said, /copy/);
  assert.equal((await beat(copy, 2)).statusCode, 200);
  const alerts = await rowsOf(nadi, `select severity from alert_logs where meta->>'license_id' = $1`, [
    licenseId,
  ]);
  assert.deepEqual(alerts, [{ severity: 'warning' }]);
  // The one that goes on pairs again, and then the copy is out.
  const { token: again } = await done(nadi, 'pair', pairing(key, machine));
  assert.equal((await beat(again, 1)).statusCode, 200);
  refusedWith(await beat(copy, 3), 'TOKEN_REPLACED');
});

test('what was restored from a backup shows an old token, or counts fewer heartbeats than before', async () => {
  const { token, beat } = await paired(nadi);
  const { token: second } = (await beat(token, 5)).json();
  const { token: third } = (await beat(second, 6)).json();
  refusedWith(await beat(token, 5), 'TOKEN_REPLACED');
  refusedWith(await beat(third, 4), 'TOKEN_REPLACED');
  assert.equal((await beat(third, 7)).statusCode, 200);
});

test('whose books were restored goes on with those who are ahead of them', async () => {
  const { token, licenseId, beat } = await paired(nadi);
  const { token: second } = (await beat(token, 1)).json();
  await nadi.kit.pool.query(
    'update installations set token_serial = 1, shown_serial = 1, counter = 0 where license_id = $1',
    [licenseId],
  );
  const { token: third } = (await beat(second, 2)).json();
  assert.equal((await beat(third, 3)).statusCode, 200);
});

test('a machine is followed through a change of parts, a part at a time', async () => {
  const { key, machine, token } = await paired(nadi);
  let shown = token;
  let parts = machine.parts;
  for (const [at, part] of (['mac', 'disk', 'cpu', 'hostname', 'machine_id'] as const).entries()) {
    parts = { ...parts, [part]: `new ${part}` };
    const body = beating(key, { ...machine, parts }, at + 1);
    ({ token: shown } = await done(nadi, 'heartbeat', body, { token: shown }));
  }
  const body = beating(key, machine, 9);
  refusedWith(await call(nadi, 'heartbeat', body, { token: shown }), 'FINGERPRINT_MISMATCH');
  await done(nadi, 'heartbeat', beating(key, { ...machine, parts }, 9), { token: shown });
  const alerts = await rowsOf(nadi, `select title from alert_logs where title like '%dari mesin lain'`);
  assert.equal(alerts.length, 1);
});

test('who was offline for months comes back by itself', async () => {
  const { token, beat } = await paired(nadi);
  nadi.clock.advance({ hours: 400 * 24 });
  assert.equal((await beat(token, 1)).statusCode, 200);
});

test('within thirty days after the paid time it goes on, and its tokens end with them', async () => {
  const day = nadi.clock.now().toZonedDateTimeISO('Asia/Jakarta').toPlainDate();
  const { token, beat } = await paired(nadi, { license: { valid_until: day.add({ days: 10 }).toString() } });
  nadi.clock.advance({ hours: 20 * 24 });
  const answer = (await beat(token, 1)).json();
  assert.equal(answer.status, 'grace');
  const end = day.add({ days: 40 }).toZonedDateTime('Asia/Jakarta').toInstant();
  assert.equal(answer.grace_until, end.toString({ fractionalSecondDigits: 3 }));
  nadi.clock.advance({ hours: 20 * 24 });
  refusedWith(await beat(answer.token, 2), 'EXPIRED');
});

for (const rule of ['warn', 'notify', 'refuse'] as const) {
  test(`above a limit, what the plan says is done: ${rule}`, async () => {
    const { token, beat, licenseId } = await paired(nadi, { plan: { overage: rule } });
    const answer = await beat(token, 1, { usage: { rooms: 101, users: 30, other: 5 } });
    const { overage } = answer.json();
    assert.equal(overage.rule, rule);
    assert.deepEqual(overage.exceeded, [{ name: 'rooms', used: 101, limit: 100, over: true }]);
    assert.match(overage.message, /rooms 101\/100/);
    await beat(answer.json().token, 2, { usage: { rooms: 102 } });
    const alerts = await rowsOf(nadi, `select message from alert_logs where meta->>'license_id' = $1`, [
      licenseId,
    ]);
    assert.equal(alerts.length, rule === 'notify' ? 1 : 0);
  });
}

test('a rotated token replaces the one before once it is shown', async () => {
  const { token, beat } = await paired(nadi);
  const { token: rotated, ...rest } = await done(nadi, 'rotate-token', undefined, { token });
  assert.equal(rest.status, 'active');
  assert.equal((await beat(rotated, 1)).statusCode, 200);
  refusedWith(await beat(token, 2), 'TOKEN_REPLACED');
});

test('who unpairs is no longer paired, and a suspended license may be left too', async () => {
  const { token, beat, licenseId } = await paired(nadi);
  await ok(nadi, {
    method: 'POST',
    url: `/api/licenses/${licenseId}/suspend`,
    body: { reason: 'Diminta pemilik' },
  });
  assert.equal((await done(nadi, 'unpair', { reason: 'Tutup' }, { token })).status, 'unpaired');
  assert.match(refusedWith(await beat(token, 1), 'NOT_PAIRED'), /was unpaired on \d+ \w+ \d{4}\.$/);
  refusedWith(await call(nadi, 'unpair', { reason: 'Tutup' }, { token }), 'NOT_PAIRED');
});

test('two heartbeats at once with one token are both answered, and the later answer counts', async () => {
  const { token, beat } = await paired(nadi);
  const answers = await Promise.all([1, 2, 3, 4].map((counter) => beat(token, counter)));
  const good = answers.filter(({ statusCode }) => statusCode === 200);
  // Whichever came first: those that count less than one before it are late.
  assert.ok(good.length >= 1 && answers.every(({ statusCode }) => statusCode === 200 || statusCode === 409));
});

test('what the fleet has for an installation is in its answer', async () => {
  const { token, beat } = await paired(nadi);
  const newest = (jwt: string) => claimsOf(jwt).directive_version;
  assert.equal(newest(token), 0);
  const online = { role: 'online', kind: 'messages', version: 9, envelope: { signed: {}, signatures: [] } };
  directives.push({ ...online, role: 'online' }, { ...online, role: 'director', version: 7 });
  const answer = (await beat(token, 1)).json();
  assert.deepEqual(answer.directives, directives);
  // What the director said last stands in the token, so that nobody can keep an installation from hearing of it.
  assert.equal(newest(answer.token), 7);
  directives.splice(0);
  assert.equal(newest((await beat(answer.token, 2)).json().token), 0);
});

test('when the online key is another, tokens of the one before still work, and the next is of the new one', async () => {
  const { token, beat } = await paired(nadi);
  signer.rotate();
  const { token: next } = (await beat(token, 1)).json();
  const kidOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid;
  assert.notEqual(kidOf(next), kidOf(token));
  const { keys } = (await nadi.request({ as: 'nobody', url: '/api/license/keys' })).json();
  assert.deepEqual(
    keys.map(({ kid }: { kid: string }) => kid),
    [kidOf(token), kidOf(next)],
  );
  assert.equal((await beat(next, 2)).statusCode, 200);
});
