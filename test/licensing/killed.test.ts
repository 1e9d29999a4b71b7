import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ok } from '../support/provider.ts';
import { addLicense, beating, box, call, done, pairing, rowsOf, vendorApp } from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

/** Has a request die in the middle: it waits for the table, and then its connection is gone. */
async function dyingAt(table: string, work: () => Promise<{ statusCode: number }>): Promise<number> {
  const other = await nadi.kit.pool.connect();
  try {
    await other.query(`begin; lock table ${table} in access exclusive mode`);
    const answer = work();
    for (;;) {
      const { rows } = await nadi.kit.pool.query<{ ended: boolean }>(
        `select pg_terminate_backend(pid) as ended from pg_locks where relation = '${table}'::regclass and not granted`,
      );
      if (rows.length > 0) break;
    }
    const { statusCode } = await answer;
    return statusCode;
  } finally {
    await other.query('rollback');
    other.release();
  }
}

test('a move that dies half way has moved nothing, and goes through when it is asked again', async () => {
  const { key, licenseId } = await addLicense(nadi);
  const [old, fresh] = [box(), box()];
  const { token } = await done(nadi, 'pair', pairing(key, old));
  const move = () => call(nadi, 'migrate', { ...pairing(key, fresh), reason: 'Baru' });
  assert.equal(await dyingAt('license_moves', move), 503);
  const states = () =>
    rowsOf(nadi, 'select state from installations where license_id = $1 order by state', [licenseId]);
  assert.deepEqual(await states(), [{ state: 'paired' }]);
  await done(nadi, 'heartbeat', beating(key, old, 1), { token });
  assert.equal((await move()).statusCode, 200);
  assert.deepEqual(await states(), [{ state: 'moved' }, { state: 'paired' }]);
});

test('a pairing or heartbeat that dies before it is recorded has not happened', async () => {
  const { key, licenseId } = await addLicense(nadi);
  const machine = box();
  assert.equal(await dyingAt('audit_logs', () => call(nadi, 'pair', pairing(key, machine))), 503);
  assert.equal((await ok<{ nodes: number }>(nadi, { url: `/api/licenses/${licenseId}` })).nodes, 0);
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  const beat = () => call(nadi, 'heartbeat', beating(key, machine, 1, { app_version: '2.0.0' }), { token });
  assert.equal(await dyingAt('audit_logs', beat), 503);
  const [row] = await rowsOf(
    nadi,
    'select app_version, last_heartbeat_at, shown_serial, token_serial from installations where license_id = $1',
    [licenseId],
  );
  assert.deepEqual(row, {
    app_version: '1.4.0',
    last_heartbeat_at: null,
    shown_serial: row?.token_serial,
    token_serial: row?.token_serial,
  });
  assert.equal((await beat()).statusCode, 200);
});
