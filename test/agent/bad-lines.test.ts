import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { download } from '../../agent/sources/download.ts';
import { takeLock } from '../../agent/state/lock.ts';
import { newSite, type SiteOptions } from './agent-cli.ts';
import { Host, packageOf, release, sha256 } from './release-host.ts';

// What networks, servers and kills do to a download and to answers.

const list = '/repos/a/b/releases';
const siteOf = (host: Host, options: Partial<SiteOptions> = {}) =>
  newSite({
    files: { '.version': '1.0.0\n', 'app/now.txt': '1.0.0\n' },
    ...options,
    env: { UPDATE_SOURCE: 'github', UPDATE_CHECK_URL: `${host.url}${list}`, ...options.env },
  });
const never = new AbortController().signal;

/** A file that is given in two pieces: the first, and the rest once somebody lets it. */
function halves(host: Host, path: string, bytes: Buffer) {
  const stuck: ServerResponse[] = [];
  const half = bytes.length >> 1;
  const began = Promise.withResolvers<void>();
  host.answers.set(path, (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, half), () => began.resolve());
    stuck.push(response);
  });
  return { half, began: began.promise };
}

test('an agent that is killed while it downloads goes on where it was, and its history does not say "downloading"', async () => {
  await using host = await Host.start();
  const found = await release(host, '1.1.0');
  const bytes = await packageOf({ 'app/now.txt': '1.1.0\n', 'app/big.bin': sha256('x').repeat(20_000) });
  const [asset] = found.assets;
  host.json(list, [
    { ...found, assets: [{ ...asset, size: bytes.length, digest: `sha256:${sha256(bytes)}` }] },
  ]);
  const { half, began } = halves(host, '/assets/1.1.0.zip', bytes);
  using at = siteOf(host);
  const main = join(import.meta.dirname, '../../agent/main.ts');
  const child = spawn(process.execPath, [main, 'update:apply', '--force'], {
    cwd: at.root,
    env: { PATH: process.env.PATH, NADI_ROOT: at.root },
    stdio: 'ignore',
  });
  await began;
  const stages = join(at.root, '.nadi-agent/stages');
  const part = join(stages, `${sha256(bytes)}.package`);
  await until(() => sizeOf(part) === half);
  const busy = await at.run('update:apply', '--force');
  assert.equal(busy.json.error.code, 'busy');
  child.kill('SIGKILL');
  await once(child, 'close');
  host.file('/assets/1.1.0.zip', bytes);
  const done = await at.run('update:apply', '--force');
  assert.equal(done.code, 0, done.out);
  assert.equal(host.asked.at(-1)?.headers.range, `bytes=${half}-`);
  assert.equal(at.read('app/now.txt'), '1.1.0\n');
  const { data } = (await at.run('update:history')).json;
  assert.deepEqual(
    data.map(({ status }: { status: string }) => status),
    ['completed', 'failed'],
  );
  assert.deepEqual(readdirSync(stages), []);
});

const sizeOf = (file: string) => {
  try {
    return readFileSync(file).length;
  } catch {
    return 0;
  }
};

/** Looks again each turn of the loop until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('a server that sends nothing more is given up, one that sends too much or leads in circles as well', async () => {
  await using host = await Host.start();
  const folder = mkdtempSync(join(tmpdir(), 'nadi-download-'));
  const bytes = Buffer.alloc(100_000, 7);
  const wanted = (path: string, size: number | undefined = bytes.length) => ({
    url: host.url + path,
    headers: {},
    checksum: sha256(bytes),
    size,
  });
  const fails = (path: string, code: string, size?: number) =>
    assert.rejects(
      download(wanted(path, size), join(folder, path.slice(1)), never, () => {}, { seconds: 0.2 }),
      { code },
    );
  try {
    halves(host, '/half', bytes);
    await fails('/half', 'unreachable');
    host.answers.set('/silent', () => {});
    await fails('/silent', 'unreachable');
    host.file('/long', Buffer.alloc(200_000, 7));
    await fails('/long', 'too_large');
    host.file('/other', Buffer.alloc(100_000, 8));
    await fails('/other', 'checksum_differs');
    host.answers.set('/circle', (_request, response) =>
      response.writeHead(302, { location: '/circle' }).end(),
    );
    await fails('/circle', 'unreachable');
    host.answers.set('/away', (_request, response) =>
      response.writeHead(302, { location: 'http://example.com/a' }).end(),
    );
    await fails('/away', 'unsafe_address');
    await fails('/nothing', 'refused');
    host.file('/full', bytes);
    symlinkSync('/dev/full', join(folder, 'full'));
    await fails('/full', 'disk_full');
    // It gives all of it again, whatever range it was asked for; and another range than was asked for.
    host.answers.set('/half', (_request, response) => response.writeHead(200).end(bytes));
    await download(wanted('/half'), join(folder, 'half'), never, () => {});
    halves(host, '/wrong', bytes);
    await fails('/wrong', 'unreachable');
    host.answers.set('/wrong', (request, response) =>
      request.headers.range === undefined
        ? response.writeHead(200).end(bytes)
        : response.writeHead(206, { 'content-range': 'bytes 0-9/100000' }).end(bytes.subarray(0, 10)),
    );
    await download(wanted('/wrong'), join(folder, 'wrong'), never, () => {});
    // It breaks after each fifth of it.
    host.answers.set('/broken', (request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from === 0 ? 200 : 206, {
        'content-length': bytes.length - from,
        ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
      });
      response.write(bytes.subarray(from, from + 20_000));
      void until(() => sizeOf(join(folder, 'broken')) > from).then(() => response.destroy());
    });
    await download(wanted('/broken'), join(folder, 'broken'), never, () => {});
    assert.ok(host.count('/broken') >= 5);
    for (const name of ['half', 'wrong', 'broken']) assert.deepEqual(readFileSync(join(folder, name)), bytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('answers that are none are told as such: pages, endless ones, lists of nonsense', async () => {
  await using host = await Host.start();
  using at = siteOf(host);
  for (const [answer, code] of [
    [(response: ServerResponse) => response.end('<html>Masuk ke Wi-Fi</html>'), 'unreadable'],
    [(response: ServerResponse) => response.end('{"a":1}'), 'unreadable'],
    [(response: ServerResponse) => response.end('[{"tag_name":5}]'), 'unreadable'],
    [(response: ServerResponse) => response.end(Buffer.alloc(9 * 1024 * 1024, 0x20)), 'unreachable'],
    [(response: ServerResponse) => response.destroy(), 'unreachable'],
    [(response: ServerResponse) => response.writeHead(302, { location: '/x' }).end(), 'source_refuses'],
    [(response: ServerResponse) => response.writeHead(500).end(), 'source_refuses'],
  ] as const) {
    host.answers.set(list, (_request, response) => answer(response));
    const said = await at.run('update:check', '--force');
    assert.deepEqual([said.code, said.json?.error?.code], [1, code], said.out);
  }
  host.json(list, []);
  assert.equal((await at.run('update:check', '--force')).json.is, 'none');
});

test('words of a server cannot change the terminal', async () => {
  await using host = await Host.start();
  host.json(list, [await release(host, '1.1.0', { body: 'baik\u001b[2J\u001b]0;x\u0007' })]);
  using at = siteOf(host);
  const { out } = await at.bare('update:check', '--root', at.root);
  assert.match(out, /1\.1\.0/);
  assert.ok(!out.includes('\u001b') && !out.includes('\u0007'));
});

test('a state that is damaged is told as such, and nothing is done', async () => {
  await using host = await Host.start();
  host.json(list, [await release(host, '1.1.0')]);
  using at = siteOf(host, {
    files: { '.version': '1.0.0\n', '.nadi-agent/agent.sqlite': 'torn'.repeat(5000) },
  });
  const said = await at.run('update:apply', '--force');
  assert.deepEqual([said.code, said.json.error.code], [1, 'state_damaged'], said.out);
  assert.equal(at.read('.version'), '1.0.0\n');
});

test('the doctor names what an update would miss', async () => {
  await using host = await Host.start();
  host.json(list, []);
  using at = siteOf(host, { settings: { hooks: { migrate: ['/nowhere/php', 'artisan', 'migrate'] } } });
  const sick = await at.run('agent:doctor');
  assert.equal(sick.code, 1);
  const faults = sick.json.data.filter(({ ok }: { ok: boolean }) => !ok);
  assert.deepEqual(
    faults.map(({ name }: { name: string }) => name),
    ['commands'],
  );
  at.write('agent.json', '{}');
  assert.equal((await at.run('agent:doctor')).code, 0);
});

test('the watcher gives signs of life by itself, and ends when it is told to', async () => {
  await using host = await Host.start();
  const beaten = Promise.withResolvers<void>();
  host.answers.set('/ota/heartbeat', (_request, response) => response.end('{}', () => beaten.resolve()));
  using at = newSite({
    files: {},
    env: { OTA_SERVER_URL: host.url, OTA_AGENT_CODE: 'A', OTA_LICENSE_KEY: 'K' },
  });
  const main = join(import.meta.dirname, '../../agent/main.ts');
  const child = spawn(process.execPath, [main, 'agent:watch'], {
    cwd: at.root,
    env: { PATH: process.env.PATH },
    stdio: 'ignore',
  });
  await beaten.promise;
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('a heartbeat that meets an update at work says that it lives, and leaves the rest', async () => {
  await using host = await Host.start();
  host.json('/ota/heartbeat', { directives: { disabled: true, force_update: false } });
  using at = newSite({
    files: {},
    env: { OTA_SERVER_URL: host.url, OTA_AGENT_CODE: 'A', OTA_LICENSE_KEY: 'K' },
    settings: { hooks: { maintenance_on: ['/bin/sh', '-c', 'touch down'] } },
  });
  {
    using _lock = takeLock(join(at.root, '.nadi-agent'));
    assert.partialDeepStrictEqual(await at.run('ota:heartbeat'), { code: 0, json: { ok: true } });
    assert.equal(at.read('down'), undefined);
  }
  await at.run('ota:heartbeat');
  assert.equal(at.read('down'), '');
});
