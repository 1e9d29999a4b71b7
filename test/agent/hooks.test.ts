import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { endLeftovers, rememberChild, signalGroup } from '../../agent/hooks/children.ts';
import { livingOf, markName } from '../../agent/hooks/process-identity.ts';
import { runHook } from '../../agent/hooks/run-hook.ts';
import { openState } from '../../agent/state/open-state.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-hooks-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A hook as a killed agent leaves it: with a child in its group, and one that left it. */
async function leftover(mark: string): Promise<{ group: number; away: number }> {
  const script = `setsid sh -c 'echo $$; sleep 60' & sleep 60 & wait`;
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/usr/bin:/bin', [markName]: mark },
  });
  const [line] = await once(child.stdout, 'data');
  assert.ok(child.pid !== undefined);
  return { group: child.pid, away: Number(String(line)) };
}

test('what a killed agent left running is ended with all that came of it', async (t) => {
  using state = openState(folderOf(t));
  const { group, away } = await leftover('tanda-1');
  rememberChild(state.db, group, 'tanda-1');
  assert.ok(livingOf(group, 'tanda-1')?.includes(away));
  await endLeftovers(state.db);
  assert.deepEqual(livingOf(group, 'tanda-1'), []);
  assert.equal(state.db.prepare('select 1 from journal_children').all().length, 0);
});

test('a process that was given the number of one that ended is left alone', async (t) => {
  using state = openState(folderOf(t));
  const { group, away } = await leftover('tanda-2');
  t.after(() => [group, away].map((each) => signalGroup(each, 'SIGKILL')));
  rememberChild(state.db, group, 'tanda lain');
  state.db.exec(`update journal_children set begun = 'lain'`);
  await endLeftovers(state.db);
  assert.ok(livingOf(group, 'tanda-2')?.includes(group));
  assert.ok(livingOf(group, 'tanda-2')?.includes(away));
});

test('no number of a process that cannot be one of ours is ever signalled', () => {
  assert.deepEqual(
    [0, 1, -1].map((group) => signalGroup(group, 'SIGWINCH')),
    [false, false, false],
  );
  assert.deepEqual(livingOf(undefined, 'tanda yang tak ada'), []);
});

test('a hook that hangs and does not listen is ended with all that came of it, and what it printed is told', async (t) => {
  const folder = folderOf(t);
  using state = openState(folder);
  const command = [
    '/bin/sh',
    '-c',
    `trap '' TERM; setsid sh -c 'echo $$ > pid; sleep 60' & echo menunggu; sleep 60; sleep 60`,
  ];
  const around = { db: state.db, folder, log: join(folder, 'log'), environment: { PATH: '/usr/bin:/bin' } };
  const error = await runHook('migrate', { command, seconds: 0.5 }, around).catch(
    (thrown: unknown) => thrown,
  );
  assert.match(error instanceof Error ? error.message : '', /longer than 0.5 seconds\.\nmenunggu/);
  assert.deepEqual(livingOf(Number(readFileSync(join(folder, 'pid'), 'utf8')), ''), []);
});

test('what a hook that ended well started as a service of its own goes on; what it left in its group does not', async (t) => {
  const folder = folderOf(t);
  using state = openState(folder);
  const script = `setsid sh -c 'echo $$ > service; exec sleep 60' & (echo $$ > group; sleep 60) & while ! test -s service -a -s group; do sleep 0.01; done`;
  const around = { db: state.db, folder, log: join(folder, 'log'), environment: { PATH: '/usr/bin:/bin' } };
  await runHook('after update', { command: ['/bin/sh', '-c', script], seconds: 20 }, around);
  const [service, group] = ['service', 'group'].map((name) =>
    Number(readFileSync(join(folder, name), 'utf8')),
  );
  t.after(() => signalGroup(service ?? 0, 'SIGKILL'));
  assert.deepEqual(livingOf(service ?? 0, ''), [service]);
  assert.deepEqual(livingOf(group ?? 0, ''), []);
});

test('a hook runs where its log cannot be written, and one whose folder is gone is told', async (t) => {
  const folder = folderOf(t);
  using state = openState(folder);
  const around = {
    db: state.db,
    folder,
    log: join(folder, 'no/such/log'),
    environment: { PATH: '/usr/bin:/bin' },
  };
  await runHook('maintenance off', { command: ['touch', 'up'], seconds: 20 }, around);
  assert.ok(existsSync(join(folder, 'up')));
  const gone = runHook(
    'health',
    { command: ['true'], seconds: 20 },
    { ...around, folder: join(folder, 'gone') },
  );
  await assert.rejects(gone, /health: "true" ended with spawn/);
});
