import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCli } from '../../agent/cli/run-cli.ts';
import { takeLock } from '../../agent/state/lock.ts';
import { newSite, type SiteOptions } from './agent-cli.ts';
import { Host, release } from './release-host.ts';

// What happens without anybody being there: when it may, once, and told where it does not work.

let host: Host;
before(async () => {
  host = await Host.start();
  for (const version of ['1.1.0', '1.2.0', '2.0.0']) host.json(`/${version}`, [await release(host, version)]);
});
after(() => host?.[Symbol.asyncDispose]());

interface Planned extends Partial<SiteOptions> {
  readonly offers?: string;
}

/** It stands at 1.0.0; the clock is at 10:00 in Jakarta. */
function planned({ settings, offers = '1.1.0', env, ...rest }: Planned = {}) {
  let now = Temporal.Instant.from('2026-03-02T03:00:00Z');
  const at = newSite({
    files: { '.version': '1.0.0\n' },
    clock: { now: () => now },
    settings: { time_zone: 'Asia/Jakarta', ...settings },
    ...rest,
    env: {
      UPDATE_SOURCE: 'github',
      UPDATE_CHECK_URL: `${host.url}/${offers}`,
      UPDATE_CHECK_INTERVAL: '1',
      ...env,
    },
  });
  return {
    ...at,
    set: (text: string) => {
      now = Temporal.Instant.from(text);
    },
    later: (minutes: number) => {
      now = now.add({ minutes });
    },
    round: () => at.run('update:check', '--scheduled'),
    version: () => at.read('.version')?.trim(),
    async notices(type: string): Promise<string[]> {
      const { data } = (await at.run('notices:list')).json;
      return data
        .filter((each: { notification_type: string }) => each.notification_type === type)
        .map((each: { message: string }) => each.message);
    },
  };
}

const night = { unattended: 'minor', windows: [{ from: '23:00', to: '03:00' }] };

test('what is small enough is applied by itself once a window opens, and only then', async () => {
  using at = planned({ settings: { ...night, time_zone: 'Asia/Jakarta' } });
  await at.round();
  assert.equal(at.version(), '1.0.0');
  const { json } = await at.run('update:schedule');
  assert.partialDeepStrictEqual(json, { chosen: null, by_itself: 'later', at: '2026-03-02T16:00:00Z' });
  at.set('2026-03-02T15:59:00Z');
  await at.round();
  assert.equal(at.version(), '1.0.0');
  at.set('2026-03-02T16:00:00Z');
  assert.partialDeepStrictEqual((await at.round()).json, { update: { status: 'completed' } });
  assert.equal(at.version(), '1.1.0');
  const [row] = (await at.run('update:history')).json.data;
  assert.partialDeepStrictEqual(row, { initiated_by: 'unattended', auto_update: true });
  assert.equal((await at.notices('update_completed')).length, 1);
});

test('what is larger waits for somebody, and so does everything where nothing was said', async () => {
  using major = planned({ settings: night, offers: '2.0.0' });
  major.set('2026-03-02T17:00:00Z');
  await major.round();
  assert.equal(major.version(), '1.0.0');
  assert.equal((await major.run('update:schedule')).json.by_itself, 'never');
  using unsaid = planned();
  await unsaid.round();
  assert.equal(unsaid.version(), '1.0.0');
});

test('one that fails rests, and one that does not come is asked for once an hour and told once', async () => {
  using bad = planned({
    settings: { unattended: 'minor', hooks: { after_update: [['/bin/sh', '-c', 'exit 1']] } },
  });
  await bad.round();
  for (let n = 0; n < 3; n += 1) {
    bad.later(10);
    await bad.round();
  }
  assert.equal((await bad.run('update:history')).json.data.length, 1);
  assert.equal((await bad.notices('update_failed')).length, 1);

  const listed = await release(
    host,
    '1.1.0',
    {},
    { browser_download_url: `${host.url}/gone.zip`, url: `${host.url}/gone.zip` },
  );
  host.json('/lost', [listed]);
  using lost = planned({ settings: { unattended: 'minor' }, offers: 'lost' });
  for (let n = 0; n < 13; n += 1) {
    await lost.round();
    lost.later(5);
  }
  assert.equal(lost.version(), '1.0.0');
  assert.equal((await lost.run('update:history')).json.data.length, 2);
  assert.equal((await lost.notices('update_failed')).length, 1);
});

test('a chosen moment outlives restarts and a clock that is set back, and comes once', async () => {
  using at = planned({ offers: '2.0.0' });
  const chosen = await at.run('update:schedule', '--at', '02:00');
  assert.deepEqual(chosen.json, { status: 'chosen', version: '2.0.0', at: '2026-03-02T19:00:00Z' });
  assert.match(
    (await at.bare('update:schedule', '--root', at.root)).out,
    /^2\.0\.0 is applied at 2026-03-03 02:00 \(Asia\/Jakarta\)\.\nNothing is applied by itself\./,
  );
  await at.round();
  at.set('2019-01-01T00:00:00Z');
  await at.round();
  at.set('2026-03-02T18:59:00Z');
  await at.round();
  assert.equal(at.version(), '1.0.0');
  at.set('2026-03-02T19:04:00Z');
  {
    // Somebody else is at it: it comes with the next round.
    using _other = takeLock(join(at.root, '.nadi-agent'));
    assert.equal((await at.round()).code, 0);
  }
  at.later(5);
  await at.round();
  assert.equal(at.version(), '2.0.0');
  assert.equal((await at.run('update:schedule')).json.chosen, null);
  assert.equal((await at.run('update:history')).json.data.length, 1);
});

test('a moment that was missed, or for another release, is told and not made up for', async () => {
  using off = planned();
  await off.run('update:schedule', '--at', '2026-03-03 02:00');
  off.set('2026-03-03T02:00:00Z');
  await off.round();
  await off.round();
  assert.equal(off.version(), '1.0.0');
  assert.match(
    (await off.notices('update_missed')).join(),
    /^Pembaruan ke 1\.1\.0 .*The agent did not run then\.$/,
  );

  using other = planned();
  await other.run('update:schedule', '--at', '2026-03-03T02:00:00+07:00');
  other.write('.env', (other.read('.env') ?? '').replace('/1.1.0', '/1.2.0'));
  other.set('2026-03-02T19:00:00Z');
  await other.round();
  assert.equal(other.version(), '1.0.0');
  assert.match((await other.notices('update_missed')).join(), /not what is offered now/);
  assert.equal((await other.run('update:schedule')).json.chosen, null);
});

test('a chosen moment can be cancelled', async () => {
  using at = planned();
  assert.equal((await at.run('update:schedule', '--cancel')).json.error.code, 'nothing_chosen');
  await at.run('update:schedule', '--at', '02:00');
  assert.equal((await at.run('update:schedule', '--cancel')).json.status, 'cancelled');
  at.set('2026-03-02T19:00:00Z');
  await at.round();
  assert.equal(at.version(), '1.0.0');
});

test('settings that are no times are refused by their names', async () => {
  using at = planned({
    settings: { time_zone: 'Asia/Jakarta Raya', windows: [{ from: '24:00', to: '3' }], unattended: 'all' },
  });
  const { json } = await at.run('update:schedule');
  for (const name of ['time_zone', 'windows.0.from', 'windows.0.to', 'unattended'])
    assert.match(json.error.message, new RegExp(`: ${name}: `));
});

test('backups are made and proven by themselves as often as was said, and what is lost of them is told', async () => {
  using at = planned({
    files: { '.version': '1.0.0\n', 'app/now.txt': 'data\n' },
    env: { UPDATE_SOURCE: 'none', AUTO_CHECK_UPDATES: 'false', BACKUP_RETENTION: '2' },
    settings: { backups: { folder: 'cadangan', every_hours: 24, prove_days: 7 } },
  });
  const kept = async () =>
    (await at.run('backup:list')).json.data as { id: number; verified_at: string; is_restorable: boolean }[];
  assert.match(
    (await at.bare('update:check', '--scheduled', '--root', at.root)).out,
    /^Backup 1 was made and proven\.$/,
  );
  await at.round();
  at.later(23 * 60);
  await at.round();
  assert.deepEqual(
    (await kept()).map(({ id }) => id),
    [1],
  );
  for (let day = 0; day < 3; day += 1) {
    at.later(24 * 60);
    await at.round();
  }
  assert.deepEqual(
    (await kept()).map(({ id }) => id),
    [4, 3],
  );
  at.write('agent.json', JSON.stringify({ backups: { folder: 'cadangan', prove_days: 7 } }));
  at.later(8 * 24 * 60);
  const proven = async () => (await kept()).map(({ verified_at: verified }) => verified.slice(0, 10));
  assert.deepEqual(await proven(), ['2026-03-06', '2026-03-05']);
  await at.round();
  await at.round();
  await at.round();
  assert.deepEqual(await proven(), ['2026-03-14', '2026-03-14']);
  const chunks = join(at.root, 'cadangan/chunks');
  for (const name of readdirSync(chunks)) rmSync(join(chunks, name), { recursive: true });
  at.later(8 * 24 * 60);
  await at.round();
  await at.round();
  assert.equal((await at.notices('backup_trouble')).length, 1);
  assert.deepEqual(
    (await kept()).map(({ is_restorable: isRestorable }) => isRestorable),
    [true, false],
  );
});

test('a backup that fails is told once, and tried again after an hour', async () => {
  using at = planned({
    files: { '.version': '1.0.0\n' },
    env: { UPDATE_SOURCE: 'none', AUTO_CHECK_UPDATES: 'false' },
    settings: {
      databases: [{ kind: 'sqlite', name: 'app', path: 'app.sqlite' }],
      backups: { every_hours: 1 },
    },
  });
  writeFileSync(
    join(at.root, 'app.sqlite'),
    'this is no database, and long enough to be seen as none of SQLite',
  );
  await at.round();
  at.later(30);
  await at.round();
  const [told, ...more] = await at.notices('backup_trouble');
  assert.match(told ?? '', /^Cadangan terjadwal gagal\. \/ The scheduled backup failed\./);
  assert.equal(more.length, 0);
  rmSync(join(at.root, 'app.sqlite'));
  at.write('agent.json', JSON.stringify({ backups: { every_hours: 1 } }));
  await at.round();
  assert.equal((await at.run('backup:list')).json.data.length, 0);
  at.later(31);
  await at.round();
  assert.equal((await at.run('backup:list')).json.data.length, 1);
});

test('the watch does a round, says what came of it, and ends when it is told to', async () => {
  using at = planned({ settings: { unattended: 'minor' } });
  const stop = new AbortController();
  const notes: string[] = [];
  const code = await runCli({
    args: ['agent:watch', '--root', at.root],
    env: { PATH: process.env.PATH },
    cwd: at.root,
    clock: { now: () => Temporal.Instant.from('2026-03-02T03:00:00Z') },
    signal: stop.signal,
    pid: process.pid,
    stdin: process.stdin,
    terminal: {
      print: () => {},
      note: (line) => {
        notes.push(line);
        if (line.startsWith('Updated to')) stop.abort(new Error('stopped'));
      },
      redraw: undefined,
      ask: undefined,
    },
  });
  assert.deepEqual([code, at.version()], [0, '1.1.0']);
  assert.deepEqual(notes[0], 'Update available: 1.0.0 → 1.1.0');
  assert.equal(notes.at(-1), 'Updated to 1.1.0.');
});
