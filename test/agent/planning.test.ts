import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openState } from '../../agent/state/open-state.ts';
import { checkBefore, type Needs } from '../../agent/update/checks.ts';
import { selectComponents } from '../../agent/update/components.ts';
import type { Installation } from '../../agent/update/installation.ts';
import { previewOf } from '../../agent/update/preview.ts';
import { mayBegin, type Schedule, type Window } from '../../agent/update/schedule.ts';
import {
  changes,
  digestOf,
  installationOf,
  makeWorld,
  shell,
  update,
  type World,
  withAgent,
} from './update-world.ts';

const at = (text: string) => Temporal.Instant.from(text);
const schedule = (windows: readonly Window[]): Schedule => ({
  unattended: 'minor',
  windows,
  timeZone: 'Asia/Jakarta',
});
const night = { from: '23:00', to: '03:00' };
const waiting = { type: 'minor', seconds: 600 } as const;

test('an update by itself waits for a window that stays open long enough, also past midnight', () => {
  const judge = (text: string, windows: readonly Window[] = [night]) =>
    mayBegin(schedule(windows), waiting, at(text));
  // 23:00 in Jakarta is 16:00 UTC.
  assert.deepEqual(judge('2026-03-02T17:30:00Z'), { is: 'now' });
  assert.deepEqual(judge('2026-03-02T19:50:00Z'), { is: 'now' });
  assert.deepEqual(judge('2026-03-02T19:50:01Z'), { is: 'later', at: at('2026-03-03T16:00:00Z') });
  assert.deepEqual(judge('2026-03-02T04:00:00Z'), { is: 'later', at: at('2026-03-02T16:00:00Z') });
  // Monday the second; the window of Sunday alone was open until three.
  const sunday = [{ ...night, days: [7] }];
  assert.deepEqual(judge('2026-03-01T19:00:00Z', sunday), { is: 'now' });
  assert.deepEqual(judge('2026-03-02T17:00:00Z', sunday), { is: 'later', at: at('2026-03-08T16:00:00Z') });
  assert.deepEqual(judge('2026-03-02T04:00:00Z', []), { is: 'now' });
  assert.deepEqual(judge('2026-03-02T04:00:00Z', [{ from: '01:00', to: '01:05' }]), { is: 'never' });
});

test('a clock that was set back asks again, and one that was set to before the chosen moment waits', () => {
  const asked = { ...waiting, askedFor: { notBefore: at('2026-03-02T10:00:00Z') } };
  assert.deepEqual(mayBegin(schedule([night]), asked, at('2026-03-02T10:00:00Z')), { is: 'now' });
  assert.deepEqual(mayBegin(schedule([night]), asked, at('2020-01-01T00:00:00Z')), {
    is: 'later',
    at: at('2026-03-02T10:00:00Z'),
  });
});

test('by itself only what is small enough is applied; what somebody asked for at once', () => {
  const now = at('2026-03-02T04:00:00Z');
  const verdict = (unattended: Schedule['unattended'], type: 'major' | 'minor' | 'patch' | 'hotfix') =>
    mayBegin({ ...schedule([]), unattended }, { type, seconds: 60 }, now).is;
  assert.deepEqual(
    (['none', 'patch', 'minor', 'major'] as const).map((each) =>
      (['hotfix', 'patch', 'minor', 'major'] as const).map((type) => verdict(each, type)).join(' '),
    ),
    ['never never never never', 'now now never never', 'now now now never', 'now now now now'],
  );
  assert.equal(mayBegin(schedule([night]), { ...waiting, type: 'major', askedFor: {} }, now).is, 'now');
});

test('components are taken alone by their paths, and refused by name', () => {
  const whole = { changes, hasMigrations: false };
  const components = { config: ['config'], models: ['app/Models', 'artisan'] };
  const taken = selectComponents(whole, components, ['models']);
  assert.deepEqual(
    taken.changes.map(({ path }) => path),
    ['artisan', 'app/Models/User.php', 'app/Models/Old.php'],
  );
  assert.deepEqual(selectComponents(whole, components, ['config']).places, [3, 5, 6, 7]);
  assert.throws(() => selectComponents(whole, components, ['konfig']), /"konfig".*config, models/);
  assert.throws(
    () => selectComponents({ changes, hasMigrations: true }, components, ['config']),
    /taken whole/,
  );
});

test('checks before an update tell every fault at once, and change nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const world: World = { folder, layout: 'in-place', database: 'sqlite' };
  await makeWorld(world);
  const old = await digestOf(world);
  const installation = installationOf(world);
  using state = openState(installation.folder);
  const stage = join(folder, 'none');
  const input = {
    version: '1.1.0',
    previous: '1.0.0',
    changes,
    hasMigrations: true,
    isCompatible: false,
    stage,
  };
  const look = (each: Installation, more = input, bytes = 100, needs: Needs = {}) =>
    checkBefore(each, more, bytes, needs, state.db, new AbortController().signal);
  const failed = async (...args: Parameters<typeof look>) =>
    (await look(...args)).filter(({ refusal }) => refusal !== undefined).map(({ check }) => check);
  assert.deepEqual(await failed(installation), []);
  const needs = {
    runtime: { hook: shell('echo PHP 8.1.29'), least: '8.10' },
    modules: { hook: shell('echo "ctype\nZip"'), names: ['zip', 'intl'] },
  };
  const blind = { ...installation, hooks: { ...installation.hooks, maintenanceOn: undefined } };
  rmSync(join(folder, 'app.sqlite'));
  mkdirSync(join(folder, 'app/app/Services'));
  symlinkSync('/tmp', join(folder, 'app/app/Services/Deep'));
  assert.deepEqual(
    await failed(blind as unknown as Installation, input, 2 ** 60, needs),
    ['paths', 'folders', 'databases', 'space', 'maintenance', 'runtime', 'modules'].filter(
      (name) => name !== 'folders',
    ),
  );
  rmSync(join(folder, 'app/app/Services'), { recursive: true });
  await worldAgain(world);
  assert.equal(await digestOf(world), old);
});

async function worldAgain(world: World): Promise<void> {
  const { worldDatabases } = await import('./world-databases.ts');
  await worldDatabases.sqlite.make(world.folder, '');
}

test('a release whose excluded folders are not shared is refused before anything is built', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const world: World = { folder, layout: 'releases', database: 'sqlite' };
  await makeWorld(world);
  const installation = { ...installationOf(world), excluded: ['storage', '.env', 'config'] };
  using state = openState(installation.folder);
  const input = {
    version: '1.1.0',
    previous: '1.0.0',
    changes: [],
    hasMigrations: false,
    isCompatible: true,
    stage: '',
  };
  const found = await checkBefore(installation, input, 0, {}, state.db, new AbortController().signal);
  assert.match(found[0]?.refusal?.en ?? '', /^config: excluded/);
});

test('a preview tells what will be done, and taking a component leaves the version', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const world: World = { folder, layout: 'in-place', database: 'sqlite' };
  await makeWorld(world);
  const installation = installationOf(world);
  const [first] = changes;
  const input = {
    version: '1.1.0',
    previous: '1.0.0',
    changes: [first],
    hasMigrations: false,
    isCompatible: true,
    stage: join(folder, 's'),
  };
  mkdirSync(join(folder, 's'));
  symlinkSync('../package', join(folder, 's/new'));
  const seen = previewOf(installation, input, []);
  assert.deepEqual(seen.files, { create: [], update: ['artisan'], delete: [] });
  assert.deepEqual(
    [seen.bytes, seen.hasMaintenance, seen.canGoBack, seen.databasesCopied],
    [20, false, true, ['app']],
  );
  const locked = previewOf(installation, { ...input, hasMigrations: true, isCompatible: false }, []);
  assert.deepEqual(
    [locked.hasMaintenance, locked.canGoBack, locked.databasesRestored],
    [true, false, ['app']],
  );
  await withAgent(installation, (agent) =>
    update(agent, join(folder, 'package'), { changes: [first], components: ['models'] }),
  );
  const { versionOf } = await import('./update-world.ts');
  assert.equal(versionOf(installation), '1.0.0');
});
