import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { done, paired, pairing, refusedWith, vendorApp } from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());
const { pool } = nadi.kit;

async function installed() {
  const own = await paired(nadi, { license: { valid_until: '2027-01-15' } });
  const { key, machine, beat } = own;
  /** Beats some days, and gives the tokens of all of them. */
  const live = async (first: string, days: number, from = 0) => {
    const tokens = [first];
    for (let day = 1; day <= days; day += 1) {
      nadi.clock.advance({ hours: 24 });
      const answer = await beat(String(tokens.at(-1)), from + day);
      assert.equal(answer.statusCode, 200, answer.body);
      tokens.push(answer.json().token);
    }
    return tokens;
  };
  const again = async () => (await done(nadi, 'pair', pairing(key, machine))).token;
  return { ...own, live, again };
}

let backups = 0;
const columns = `state, install_id, secret_hash, previous_secret_hash, fingerprint, components, salted_with, app_version, token_serial,
  shown_serial, counter, usage, paired_at, last_heartbeat_at, ended_at, updated_at`;

/** What the vendor's backup has of installations; gives what puts it back. */
async function backup(): Promise<() => Promise<unknown>> {
  backups += 1;
  const table = `backup_${backups}`;
  await pool.query(`create table ${table} as select * from installations`);
  return () =>
    pool.query(
      `update installations i set (${columns}) = (select ${columns} from ${table} b where b.id = i.id)
       where exists (select from ${table} b where b.id = i.id)`,
    );
}

test('the vendor’s books of weeks ago refuse nobody who went on since', async () => {
  const { token, beat, live } = await installed();
  const early = await live(token, 3);
  const restore = await backup();
  const late = await live(String(early.at(-1)), 10, 3);
  await restore();
  const answer = await beat(String(late.at(-1)), 14);
  assert.equal(answer.statusCode, 200, answer.body);
  const { status, plan, valid_until: until, token: next } = answer.json();
  assert.deepEqual([status, until], ['active', '2027-01-14T17:00:00.000Z']);
  assert.match(plan, /^Standalone/);
  assert.equal((await beat(next, 15)).statusCode, 200);
  refusedWith(await beat(String(late.at(-2)), 16), 'TOKEN_REPLACED');
});

test('an answer that was lost while the books were restored locks nobody out', async () => {
  const { token, beat, live } = await installed();
  const restore = await backup();
  const shown = String((await live(token, 5)).at(-1));
  assert.equal((await beat(shown, 6)).statusCode, 200);
  await restore();
  for (const counter of [6, 7]) assert.equal((await beat(shown, counter)).statusCode, 200);
});

test('who paired anew after the backup goes on, and the copy from before is out as soon as it is heard of', async () => {
  const { token, beat, live, again } = await installed();
  const restore = await backup();
  const copy = String((await live(token, 3)).at(-1));
  const own = await again();
  refusedWith(await beat(copy, 4), 'TOKEN_REPLACED');
  await restore();
  // The books know nothing of the pairing, so the first of the two is believed; the other has the newer one, and stays.
  const copied = (await beat(copy, 5)).json().token;
  const answer = await beat(own, 5);
  assert.equal(answer.statusCode, 200, answer.body);
  refusedWith(await beat(copied, 6), 'TOKEN_REPLACED');
  refusedWith(await beat(copy, 6), 'TOKEN_REPLACED');
  assert.equal((await beat(answer.json().token, 6)).statusCode, 200);
});

test('who pairs on restored books has the newest token, whatever was given out before', async () => {
  const { token, beat, live, again } = await installed();
  const restore = await backup();
  const before = await live(token, 20);
  await restore();
  const own = await again();
  for (const copy of before) refusedWith(await beat(copy, 21), 'TOKEN_REPLACED');
  assert.equal((await beat(own, 22)).statusCode, 200);
});
