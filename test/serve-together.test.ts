import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { UserError } from '#kit/errors.ts';
import type { OpenKit } from '#kit/open-kit.ts';
import type { Process } from '../server/commands/context.ts';
import { type Served, serveTogether } from '../server/commands/serve-together.ts';
import { type TestApp, testApp } from './support/test-app.ts';

function processTo(stop: AbortSignal): Process {
  const silent = () => {};
  return {
    args: [],
    env: {},
    cwd: '/',
    execPath: process.execPath,
    repository: '/',
    signal: stop,
    terminal: { print: silent, note: silent, redraw: undefined },
  };
}

/** The installation of a test, on a port of its own. */
function opened(
  { kit }: TestApp,
  {
    port = 0,
    databaseLost = new Promise<undefined>(() => {}),
  }: { port?: number; databaseLost?: Promise<undefined> } = {},
): OpenKit {
  const config = { ...kit.config, host: '127.0.0.1', port };
  return { kit: { ...kit, config }, databaseLost, [Symbol.asyncDispose]: async () => {} };
}

const both = (one: OpenKit, other: OpenKit): Served[] => [
  { open: one, edition: 'provider' },
  { open: other, edition: 'vendor' },
];

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/api/health`).then(
    () => true,
    () => false,
  );
}

test('both answer, and both stop when the process is told to', async () => {
  await using provider = await testApp();
  await using vendor = await testApp();
  const stopping = new AbortController();
  let told: readonly string[] = [];
  const code = await serveTogether(
    processTo(stopping.signal),
    both(opened(provider), opened(vendor)),
    async (urls) => {
      told = urls;
      assert.deepEqual(await Promise.all(urls.map(answers)), [true, true]);
      stopping.abort();
    },
  );
  assert.equal(code, 0);
  assert.deepEqual(await Promise.all(told.map(answers)), [false, false]);
});

test('where one cannot start, the other stops, and it is told why', async () => {
  await using provider = await testApp();
  await using vendor = await testApp();
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let wasReady = false;
  const serving = serveTogether(
    processTo(new AbortController().signal),
    both(opened(provider), opened(vendor, { port })),
    async () => {
      wasReady = true;
    },
  );
  await assert.rejects(
    serving,
    (error) => error instanceof UserError && error.message.includes(String(port)),
  );
  assert.equal(wasReady, false);
  await new Promise((done) => taken.close(done));
});

test('where the database of one is lost, the other stops, and the exit code tells', async () => {
  await using provider = await testApp();
  await using vendor = await testApp();
  const lost = Promise.withResolvers<undefined>();
  let told: readonly string[] = [];
  const code = await serveTogether(
    processTo(new AbortController().signal),
    both(opened(provider), opened(vendor, { databaseLost: lost.promise })),
    async (urls) => {
      told = urls;
      lost.resolve(undefined);
    },
  );
  assert.equal(code, 1);
  assert.deepEqual(await Promise.all(told.map(answers)), [false, false]);
});

test('what is done once both answer may fail: then both stop', async () => {
  await using provider = await testApp();
  await using vendor = await testApp();
  let told: readonly string[] = [];
  const serving = serveTogether(
    processTo(new AbortController().signal),
    both(opened(provider), opened(vendor)),
    async (urls) => {
      told = urls;
      throw new Error('no payment could be made');
    },
  );
  await assert.rejects(serving, /no payment/);
  assert.deepEqual(await Promise.all(told.map(answers)), [false, false]);
});
