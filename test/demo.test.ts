import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { SettableClock } from '#kit/clock.ts';
import { UserError } from '#kit/errors.ts';
import type { Process } from '../server/commands/context.ts';
import { type DemoOptions, demo } from '../server/commands/demo.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A process that is told to stop by `stop`, and what it said. */
function quietProcess(cwd: string) {
  const stopping = new AbortController();
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const process: Process = {
    args: [],
    env: { LOG_LEVEL: 'silent' },
    cwd,
    execPath: globalThis.process.execPath,
    repository: dirname(import.meta.dirname),
    signal: stopping.signal,
    terminal: { print: say, note: say, redraw: undefined },
  };
  return { process, said, stop: () => stopping.abort() };
}

async function readyFile(file: string, running: Promise<unknown>) {
  let ended = false;
  running.then(
    () => (ended = true),
    () => (ended = true),
  );
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text).provider;
    if (ended) await running.then((code) => assert.fail(`the demo ended with ${code}`));
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Runs the demo until it answers, lets `look` look, and stops it. Returns what it said. */
async function visit(
  data: string,
  options: DemoOptions,
  look: (provider: Record<string, string>) => Promise<void>,
) {
  const { process, said, stop } = quietProcess(data);
  const file = join(dirname(data), 'ready.json');
  await writeFile(file, 'stale');
  const running = demo(process, {
    data,
    port: String(await freePort()),
    readyFile: file,
    subscribers: 30,
    ...options,
  });
  try {
    await look(await readyFile(file, running));
  } finally {
    stop();
  }
  assert.equal(await running, 0);
  return said.join('\n');
}

async function get(provider: Record<string, string>, path: string) {
  const answer = await fetch(`${provider.url}${path}`, {
    headers: { authorization: `Bearer ${provider.token}` },
  });
  assert.equal(answer.status, 200, path);
  return JSON.parse(await answer.text());
}

test('the demo lives its history, answers, and goes on where it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nadi-demo-'));
  const data = join(folder, 'data');
  try {
    // Five days ago by its clock, so that the second start has days to catch up on.
    const past = new SettableClock(
      Temporal.Now.instant()
        .subtract({ hours: 5 * 24 })
        .toString(),
    );
    let invoices = 0;
    const said = await visit(data, { days: 40, clock: past }, async (provider) => {
      const { email, password } = provider;
      const answer = await fetch(`${provider.url}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      assert.equal(answer.status, 200);
      assert.equal((await get(provider, '/api/customers')).total, 30);
      invoices = (await get(provider, '/api/invoices')).total;
      assert.ok(invoices > 30);
      assert.ok((await get(provider, '/api/payments')).total > 20);
      assert.equal((await get(provider, '/api/organisation')).name, 'Nusa Net');
    });
    assert.match(said, /The books add up/);
    const later = await visit(data, {}, async (provider) => {
      assert.equal((await get(provider, '/api/customers')).total, 30);
      assert.ok((await get(provider, '/api/invoices')).total > invoices);
    });
    assert.match(later, /Living the days since/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a demo stopped while it was made begins anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nadi-demo-'));
  const data = join(folder, 'data');
  try {
    const { process, said, stop } = quietProcess(data);
    const redraw = (line: string) => void (line.includes('(5 of') && stop());
    const port = String(await freePort());
    const options = { data, port, subscribers: 20, days: 20 };
    assert.equal(await demo({ ...process, terminal: { ...process.terminal, redraw } }, options), 0);
    assert.match(said.join(), /begins anew/);
    await visit(data, {}, async (provider) => {
      assert.equal((await get(provider, '/api/customers')).total, 20);
      assert.equal((await get(provider, '/api/users')).total, 3);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a folder that holds something else is refused and left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nadi-demo-'));
  try {
    await writeFile(join(folder, 'app.key'), 'precious');
    const port = String(await freePort());
    await assert.rejects(demo(quietProcess(folder).process, { data: folder, port }), (error) => {
      assert.ok(error instanceof UserError);
      return /not a demo/.test(error.message);
    });
    assert.equal(await readFile(join(folder, 'app.key'), 'utf8'), 'precious');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
