import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import { type EmbeddedOptions, type EmbeddedPostgres, FolderBusyError, startEmbedded } from './index.ts';
import { PostgresFault } from './postgres-fault.ts';
import { clusterProcesses } from './processes.ts';
import { until } from './wait.ts';

const fast = { fsync: 'off', shared_buffers: '16MB' };
const isLinuxRoot = process.platform === 'linux' && process.getuid?.() === 0;
const scratch = await mkdtemp('/tmp/nadi-embedded-');
// Reachable for the server's account; the one test of a closed parent closes its own.
await chmod(scratch, 0o755);
after(async () => await rm(scratch, { recursive: true, force: true }));

let folders = 0;
const freshFolder = (name = `data-${++folders}`): string => join(scratch, name);

async function start(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  return await startEmbedded({ dataDir, settings: fast, onBusy: 'refuse', ...options });
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function eventually<T>(
  what: string,
  attempt: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const answer = await until(attempt, { timeoutMs: 10_000, everyMs: 5 });
  return answer ?? assert.fail(`in ten seconds there was no ${what}`);
}

type Owner = ChildProcessByStdio<null, Readable, null>;

/** Another process that starts the folder, ignores Ctrl-C, and then runs `then`. */
function spawnOwner(dataDir: string, then = ''): Owner {
  const options = { dataDir, settings: fast, onBusy: 'refuse', command: 'nadi up' };
  const code = `
    import { startEmbedded } from ${JSON.stringify(import.meta.resolve('./embedded.ts'))};
    process.on('SIGINT', () => {});
    const server = await startEmbedded(${JSON.stringify(options)});
    console.log(server.url);
    setInterval(() => {}, 1000);
    ${then}`;
  const args = ['--input-type=module', '-e', code];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
}

async function urlOf(owner: Owner): Promise<string> {
  const ended = once(owner, 'exit').then((how) => assert.fail(`the owner ended: ${how}`));
  const [line] = await Promise.race([once(owner.stdout, 'data'), ended]);
  return String(line).trim();
}

async function kill(owner: Owner): Promise<void> {
  owner.kill('SIGKILL');
  if (owner.signalCode === null && owner.exitCode === null) await once(owner, 'exit');
}

async function postmaster(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function killPostmaster(dataDir: string): Promise<void> {
  process.kill(await postmaster(dataDir), 'SIGKILL');
  await noneLeft(dataDir);
}

async function noneLeft(dataDir: string): Promise<void> {
  const none = async () => (await clusterProcesses(join(dataDir, 'postgres'))).length === 0 || undefined;
  await eventually('end of all its processes', none);
}

describe('a healthy folder', () => {
  test('holds a UTF-8 database sorted by code point, with checksums, and keeps it over a restart', async () => {
    const dataDir = freshFolder();
    {
      await using server = await start(dataDir);
      assert.equal(server.owned, true);
      assert.equal(await ask(server.url, `SELECT current_database() || ' ' || current_user`), 'nadi nadi');
      const locale = `SELECT pg_encoding_to_char(encoding)::text || ' ' || datlocprovider::text || ' ' || datlocale
                      FROM pg_database WHERE datname = 'nadi'`;
      assert.equal(await ask(server.url, locale), 'UTF8 b C.UTF-8');
      assert.equal(await ask(server.url, 'SHOW data_checksums'), 'on');
      assert.equal(await ask(server.url, 'SHOW listen_addresses'), '');
      assert.equal(await ask(server.url, 'SHOW timezone'), 'UTC');
      await ask(server.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    }
    await noneLeft(dataDir);
    assert.equal(existsSync(join(dataDir, 'owner.json')), false);
    await using again = await start(dataDir);
    assert.equal(await ask(again.url, 'SELECT n FROM kept'), 7);
  });

  test('is closed to other users', async () => {
    const dataDir = freshFolder();
    await using server = await start(dataDir);
    const socket = new URL(server.url.replace('@/', '@localhost/')).searchParams.get('host') ?? '';
    for (const folder of [socket, join(dataDir, 'postgres'), join(dataDir, 'log')]) {
      assert.equal((await stat(folder)).mode & 0o077, 0, folder);
    }
  });

  test('has its server stopped by a normal exit, and spared by Ctrl-C to the group', async () => {
    const dataDir = freshFolder();
    const owner = spawnOwner(dataDir, `process.on('SIGTERM', () => process.exit(0));`);
    const url = await urlOf(owner);
    process.kill(-(owner.pid ?? assert.fail()), 'SIGINT');
    assert.equal(await ask(url, 'SELECT 1'), 1);
    owner.kill('SIGTERM');
    await noneLeft(dataDir);
    assert.match(await readFile(join(dataDir, 'log/postgres.log'), 'utf8'), /database system is shut down/);
  });
});

describe('a second owner', () => {
  test('is refused with the name of the first, or connects, and cannot stop its server', async () => {
    const dataDir = freshFolder();
    const owner = spawnOwner(dataDir);
    const url = await urlOf(owner);
    const refused = await start(dataDir).catch((error: unknown) => error);
    assert.ok(refused instanceof FolderBusyError && refused instanceof PostgresFault);
    assert.match(
      refused.message,
      new RegExp(`${dataDir} is already run by process ${owner.pid} \\(nadi up\\)`),
    );
    {
      await using guest = await start(dataDir, { onBusy: 'connect' });
      assert.equal(guest.owned, false);
      assert.equal(guest.url, url);
      assert.equal(await ask(guest.url, 'SELECT 1'), 1);
    }
    assert.equal(await ask(url, 'SELECT 1'), 1);
    await kill(owner);
    await using heir = await start(dataDir);
    assert.equal(heir.owned, true);
  });

  test('in the same process is refused too, and does not loosen the lock', async () => {
    const dataDir = freshFolder();
    await using _first = await start(dataDir);
    await assert.rejects(start(dataDir), FolderBusyError);
    const owner = spawnOwner(dataDir, 'console.log("two owners");');
    assert.deepEqual(await once(owner, 'exit'), [1, null]);
  });

  test('waits for a first that is still starting', async () => {
    const dataDir = freshFolder();
    const all = await Promise.all([1, 2, 3, 4].map(async () => await start(dataDir, { onBusy: 'connect' })));
    assert.equal(all.filter((server) => server.owned).length, 1);
    for (const server of all) assert.equal(await ask(server.url, 'SELECT 1'), 1);
    for (const server of all) await server.stop();
  });
});

describe('after kill -9', () => {
  test('of the owner, the server left behind is replaced and nothing committed is lost', async () => {
    const dataDir = freshFolder();
    const owner = spawnOwner(dataDir);
    await ask(await urlOf(owner), 'CREATE TABLE kept AS SELECT 7 AS n');
    const orphan = await postmaster(dataDir);
    await kill(owner);
    const lines: string[] = [];
    await using server = await start(dataDir, { log: (line) => lines.push(line) });
    assert.notEqual(await postmaster(dataDir), orphan);
    assert.match(lines.join(), new RegExp(`left behind .*\\b${orphan}\\b`));
    assert.equal(await ask(server.url, 'SELECT n FROM kept'), 7);
  });

  test('of the server, exited says so, and the folder starts again', async () => {
    const dataDir = freshFolder();
    {
      await using server = await start(dataDir);
      await ask(server.url, 'CREATE TABLE kept AS SELECT 7 AS n');
      process.kill(await postmaster(dataDir), 'SIGKILL');
      assert.match(String(await server.exited), /PostgreSQL was ended by SIGKILL/);
    }
    await using again = await start(dataDir);
    assert.equal(await ask(again.url, 'SELECT n FROM kept'), 7);
  });

  test('of both, the pid file of a dead process is no obstacle', async () => {
    const dataDir = freshFolder();
    const owner = spawnOwner(dataDir);
    await urlOf(owner);
    await kill(owner);
    await killPostmaster(dataDir);
    assert.ok(existsSync(join(dataDir, 'postgres/postmaster.pid')));
    await using server = await start(dataDir);
    assert.equal(await ask(server.url, 'SELECT 1'), 1);
  });

  test('of both, a pid that a stranger has by now is no obstacle, and the stranger lives', async () => {
    const dataDir = freshFolder();
    const owner = spawnOwner(dataDir);
    await urlOf(owner);
    await kill(owner);
    await killPostmaster(dataDir);
    const stranger = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    for (const file of ['postgres/postmaster.pid', 'run/pg/.s.PGSQL.5432.lock']) {
      const [, ...rest] = (await readFile(join(dataDir, file), 'utf8')).split('\n');
      await writeFile(join(dataDir, file), [stranger.pid, ...rest].join('\n'));
    }
    await using server = await start(dataDir);
    assert.equal(await ask(server.url, 'SELECT 1'), 1);
    assert.equal(stranger.exitCode ?? stranger.signalCode, null);
    stranger.stdin.end();
  });

  test('during initdb, the next start makes the cluster anew and removes the remains', async () => {
    const dataDir = freshFolder();
    const owner = spawnOwner(dataDir);
    const draft = async () => {
      const name = (await readdir(dataDir).catch(() => [])).find((entry) =>
        entry.startsWith('postgres.init-'),
      );
      return name !== undefined && existsSync(join(dataDir, name, 'PG_VERSION')) ? name : undefined;
    };
    const name = await eventually('initdb at work', draft);
    await kill(owner);
    assert.ok(existsSync(join(dataDir, name)));
    await using server = await start(dataDir);
    assert.equal(await ask(server.url, 'SELECT 1'), 1);
    assert.deepEqual(
      (await readdir(dataDir)).filter((entry) => entry.startsWith('postgres')),
      ['postgres'],
    );
  });
});

describe('an odd folder', () => {
  test('holding an incomplete or older cluster is refused and left as it is', async () => {
    const dataDir = freshFolder();
    await mkdir(join(dataDir, 'postgres/global'), { recursive: true });
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '18\n');
    await assert.rejects(start(dataDir), /holds an incomplete database/);
    for (const file of ['PG_VERSION', 'global/pg_control'])
      await writeFile(join(dataDir, 'postgres', file), '17\n');
    await assert.rejects(start(dataDir), /holds a database of PostgreSQL 17/);
    assert.deepEqual((await readdir(join(dataDir, 'postgres'))).sort(), ['PG_VERSION', 'global']);
    assert.equal(existsSync(join(dataDir, 'owner.json')), false);
  });

  test('with a path too long for a socket, or too strange for a list of paths, works', async () => {
    for (const name of [`long-${'x'.repeat(120)}`, `it's a: "strange", $HOME; näme`]) {
      const dataDir = freshFolder(name);
      await using server = await start(dataDir);
      assert.equal(await ask(server.url, 'SELECT 1'), 1);
      await using guest = await start(dataDir, { onBusy: 'connect' });
      assert.equal(guest.url, server.url);
    }
  });

  test('whose settings PostgreSQL refuses fails with the words of its log', async () => {
    const dataDir = freshFolder();
    await assert.rejects(
      start(dataDir, { settings: { ...fast, max_connections: 'many' } }),
      /max_connections/,
    );
    await using server = await start(dataDir);
    assert.equal(await ask(server.url, 'SELECT 1'), 1);
  });

  const closed = { skip: !isLinuxRoot && 'only root starts the server under another account' };
  test('under a parent that only root can enter works for root, as another user', closed, async () => {
    const parent = freshFolder();
    await mkdir(parent, { mode: 0o700 });
    const dataDir = join(parent, 'data');
    await using server = await start(dataDir);
    assert.equal(await ask(server.url, 'SELECT 1'), 1);
    const [process_] = await clusterProcesses(join(dataDir, 'postgres'));
    const status = await readFile(`/proc/${process_?.pid}/status`, 'utf8');
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^CapEff:\t0000000000000004$/m);
  });

  test('that cannot be written is refused in words', {
    skip: isLinuxRoot && 'root may write everywhere',
  }, async () => {
    const dataDir = freshFolder();
    await mkdir(dataDir, { mode: 0o500 });
    await assert.rejects(start(dataDir), PostgresFault);
  });
});
