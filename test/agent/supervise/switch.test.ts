import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openState } from '../../../agent/state/open-state.ts';
import { usualPatience } from '../../../agent/supervise/patience.ts';
import type { Program } from '../../../agent/supervise/program.ts';
import { localServing } from '../../../agent/supervise/serving.ts';
import { holdSockets } from '../../../agent/supervise/sockets.ts';
import { servingSteps } from '../../../agent/supervise/steps.ts';
import { Supervisor } from '../../../agent/supervise/supervisor.ts';
import { ask, loadOf } from './load.ts';

const now = Temporal.Instant.from('2026-03-01T02:00:00Z');
const patience = { ...usualPatience, startMs: 3000, askMs: 20, watchMs: 50, answerMs: 1000, againMs: 20 };

function program(version: string, fault = ''): Program {
  return {
    version,
    command: [process.execPath, join(import.meta.dirname, 'small-server.ts'), version, fault],
    folder: '/',
    environment: {},
  };
}

async function world(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-sup-'));
  const state = openState(folder);
  const sockets = await holdSockets([{ name: 'http', host: '127.0.0.1', port: 0 }], undefined);
  const told: string[] = [];
  const around = {
    db: state.db,
    clock: { now: () => now },
    folder,
    sockets,
    hasPostgres: false,
    environment: process.env,
    patience,
    tell: (line: string) => told.push(line),
  };
  let supervisor = await Supervisor.open(around);
  t.after(async () => {
    await supervisor.stop();
    for (const socket of sockets) socket[Symbol.dispose]();
    state[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });
  return {
    told,
    port: sockets[0]?.port ?? 0,
    get supervisor() {
      return supervisor;
    },
    /** As one that is killed, as far as its servers see, and another one that is started. */
    async anew() {
      await supervisor.leave();
      supervisor = await Supervisor.open(around);
    },
  };
}

test('a switch under load loses no request, back and forth', async (t) => {
  const w = await world(t);
  await w.supervisor.switchTo(program('1.0.0'));
  const load = loadOf(w.port);
  await load.more(200);
  for (const version of ['1.1.0', '1.0.0', '1.2.0', '1.1.0']) {
    await w.supervisor.switchTo(program(version));
    await load.more(200);
    await w.supervisor.drained();
  }
  await load.stop();
  t.diagnostic(JSON.stringify(Object.fromEntries(load.answered)));
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.answered.keys()].sort(), ['200 1.0.0', '200 1.1.0', '200 1.2.0']);
  assert.deepEqual(
    w.supervisor.list().map(({ phase, program: { version } }) => [phase, version]),
    [['serving', '1.1.0']],
  );
});

for (const [fault, why] of [
  ['dies', /it ended/],
  ['ill', /not ready within/],
  ['lies', /says that it is 0\.0\.0/],
] as const)
  test(`a release that ${fault} never serves anybody, and the one before goes on`, async (t) => {
    const w = await world(t);
    await w.supervisor.switchTo(program('1.0.0'));
    const load = loadOf(w.port);
    await assert.rejects(w.supervisor.switchTo(program('1.1.0', fault)), why);
    await load.more(100);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual([...load.answered.keys()], ['200 1.0.0']);
    assert.equal(w.supervisor.list().length, 1);
  });

test('a server that crashes is started anew, and clients that come meanwhile wait for it', async (t) => {
  const w = await world(t);
  await w.supervisor.switchTo(program('1.0.0'));
  const first = w.supervisor.list()[0]?.pid;
  await assert.rejects(ask(w.port, '/crash'));
  assert.equal(await ask(w.port), '1.0.0');
  const rows = w.supervisor.list();
  assert.equal(rows.length, 1);
  assert.notEqual(rows[0]?.pid, first);
});

test('a server that hangs is ended and started anew', async (t) => {
  const w = await world(t);
  await w.supervisor.switchTo(program('1.0.0'));
  await assert.rejects(ask(w.port, '/hang'));
  assert.equal(await ask(w.port), '1.0.0');
  assert.match(w.told.join('\n'), /does not answer any more/);
});

test('an agent that is started anew finds the server that serves, and no request is lost', async (t) => {
  const w = await world(t);
  await w.supervisor.switchTo(program('1.0.0'));
  const before = w.supervisor.list();
  const load = loadOf(w.port);
  await load.more(100);
  await w.anew();
  assert.deepEqual(w.supervisor.list(), before);
  await load.more(100);
  await w.supervisor.switchTo(program('1.1.0'));
  await load.more(100);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('a server that ended while no agent was there is started anew', async (t) => {
  const w = await world(t);
  await w.supervisor.switchTo(program('1.0.0'));
  await w.supervisor.leave();
  process.kill(w.supervisor.list()[0]?.pid ?? 0, 'SIGKILL');
  await w.anew();
  assert.equal(await ask(w.port), '1.0.0');
});

test('an incompatible release has everybody answered with 503 from before its backup until it is committed, and nobody cut off', async (t) => {
  const w = await world(t);
  const [from, to] = [program('1.0.0'), program('2.0.0')];
  await w.supervisor.switchTo(from);
  const load = loadOf(w.port, { say: (status, body) => (status === 503 ? '503' : `${status} ${body}`) });
  await load.more(100);
  const serving = localServing(
    w.supervisor,
    ({ version }) => program(version),
    () => {},
  );
  const { first, last } = servingSteps(serving, { from, to }, true);
  const { signal } = new AbortController();
  await first.run?.(signal);
  const answer = await fetch(`http://127.0.0.1:${w.port}/`);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '15');
  assert.deepEqual(
    w.supervisor.list().map(({ program: { version } }) => version),
    ['maintenance'],
  );
  await last.run?.(signal);
  assert.equal(load.answered.has('200 2.0.0'), false);
  await first.undo?.();
  await first.undo?.();
  await load.more(100);
  assert.equal(w.supervisor.wanted?.version, '1.0.0');
  await first.run?.(signal);
  await first.finish?.();
  await load.more(100);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.answered.keys()].sort(), ['200 1.0.0', '200 2.0.0', '503']);
});

test('a program that does not come up at the start is tried again, and another one may take its place', async (t) => {
  const w = await world(t);
  await w.supervisor.keep(program('1.0.0', 'dies'));
  await w.supervisor.keep(program('1.1.0'));
  assert.equal(await ask(w.port), '1.1.0');
  await w.supervisor.keep(program('1.2.0', 'dies'));
  assert.equal(await ask(w.port), '1.1.0');
  assert.equal(w.supervisor.list().length, 1);
});
