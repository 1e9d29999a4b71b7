import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createPool } from '#kit/db.ts';
import { startRouter } from '#simulators';
import { testDatabase } from '../../test/support/database.ts';
import { runCli } from './cli.ts';

test('a router is imported from the command line, and what stays is named with what to do', async () => {
  await using database = await testDatabase();
  await using router = await startRouter({
    rows: {
      'ppp/profile': [{ name: '10M', 'rate-limit': '10M/10M' }, { name: 'Lama' }],
      'ppp/secret': [
        { name: 'budi', password: 'b', service: 'pppoe', profile: '10M', comment: 'Budi' },
        { name: 'ayu', password: 'a', service: 'pppoe', profile: 'Lama' },
      ],
    },
  });
  await using pool = poolOf(database.url);
  const folder = await mkdtemp(join(tmpdir(), 'nadi-import-'));
  const nadi = async (...args: string[]) => {
    const told: string[] = [];
    const code = await runCli({
      args,
      env: { DATABASE_URL: database.url, APP_ENV: 'testing', NADI_DATA_DIR: folder },
      cwd: folder,
      execPath: process.execPath,
      repository: dirname(dirname(import.meta.dirname)),
      signal: new AbortController().signal,
      terminal: {
        print: (line) => void told.push(line),
        note: (line) => void told.push(line),
        redraw: undefined,
      },
    });
    return { code, told: told.join('\n') };
  };
  try {
    await nadi('seed');
    await pool.query('update router_settings set host = $1, port = $2', [router.host, router.port]);
    const importing = (...more: string[]) => nadi('import', 'router', '--router', 'Main Router', ...more);
    const seen = await importing('--dry-run');
    assert.equal(seen.code, 1);
    assert.match(
      seen.told,
      /It would add:\s+1 {2}subscriptions.*No package.*\(ayu\).*1 {2}Lama.*Nothing was changed/s,
    );
    const done = await importing('--package', 'Lama=20 Mbps', '--end-date', await tomorrow(pool));
    assert.match(done.told, /Imported:\s+2 {2}subscriptions/);
    assert.equal(done.code, 0);
    assert.match((await importing()).told, /0 {2}subscriptions.*2 {2}passed over/s);
    assert.match((await importing('--package', 'Lama=apa')).told, /--package takes/);
    assert.match((await importing('--end-date', '2020-01-01')).told, /the first that is not paid yet/);
    assert.match((await nadi('import', 'router', '--router', 'x')).told, /There is no router x/);
    await pool.query('update router_settings set port = 1');
    assert.match((await importing('--language', 'id')).told, /tidak dapat dihubungi/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function tomorrow(pool: ReturnType<typeof poolOf>): Promise<string> {
  const { rows } = await pool.query<{ day: string }>(
    `select ((clock_timestamp() at time zone timezone)::date + 1)::text as day from organisation`,
  );
  return rows[0]?.day ?? '';
}

function poolOf(url: string) {
  const pool = createPool(url, { max: 1, name: 'test' });
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}
