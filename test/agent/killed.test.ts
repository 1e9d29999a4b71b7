import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { act, digestOf, layouts, makeWorld, recoverOnly, scenarios, type World } from './update-world.ts';
import { type DatabaseKind, worldDatabases } from './world-databases.ts';

const strikes = ['kill', 'error', 'full'] as const;
const atOnce = 2;
const child = join(import.meta.dirname, 'update-child.ts');
const databases = Object.keys(worldDatabases) as DatabaseKind[];
const kinds = databases.length * layouts.length * scenarios.length * strikes.length;
/** So many of each: a fair sample; `./nadi test --full` strikes at every call. */
const sample = process.env.NADI_TEST_FULL === undefined ? Math.ceil(48 / kinds) : Number.POSITIVE_INFINITY;
let all = 0;
let place = 0;

for (const database of databases)
  for (const layout of layouts)
    for (const scenario of scenarios)
      for (const kind of strikes) {
        // Each begins elsewhere, so that together they strike everywhere.
        const shift = (++place * 0.618_034) % 1;
        test(`${scenario} on ${database}, ${layout}: "${kind}" at any call ends exactly old or exactly new, and the next one succeeds`, async (t) => {
          const base = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
          t.after(() => rmSync(base, { recursive: true, force: true }));
          const at = (name: string): World => ({ folder: join(base, name), layout, database });
          const fresh = at('fresh');
          await makeWorld(fresh);
          if (scenario === 'rollback') await act(fresh, 'update');
          const old = await digestOf(fresh);
          const done = await clone(fresh, at('done'));
          await act(done, scenario, 'true');
          const updated = await digestOf(done);
          assert.notEqual(updated, old);
          const total = Number(await strike(await clone(fresh, at('count')), scenario, -1, kind));
          assert.ok(total > 50, String(total));
          const ends = { old: 0, new: 0, byItself: 0 };
          const every = Math.max(1, Math.floor(total / sample));
          const calls = Array.from({ length: total }, (_, n) => n).filter(
            (n) => n % every === Math.floor(shift * every),
          );
          const one = async (call: number) => {
            const world = await clone(fresh, at(String(call)));
            const isThrough = (await strike(world, scenario, call, kind)) !== undefined;
            if (isThrough) ends.byItself += 1;
            await recoverOnly(world);
            const end = await digestOf(world);
            const isNew = end === updated && scenario !== 'verify';
            assert.ok(end === old || isNew, `call ${call}: ${end}, neither ${old} nor ${updated}`);
            ends[isNew ? 'new' : 'old'] += 1;
            await act(world, scenario, 'true');
            assert.equal(await digestOf(world), updated, `call ${call}, the next one`);
            await worldDatabases[database].drop?.(world.folder);
            rmSync(world.folder, { recursive: true });
          };
          const left = [...calls];
          const work = async () => {
            for (let call = left.shift(); call !== undefined; call = left.shift()) await one(call);
          };
          await Promise.all(Array.from({ length: atOnce }, work));
          all += calls.length;
          t.diagnostic(
            `${calls.length} of ${total} calls struck: ${ends.old} ended old, ${ends.new} new; ${ends.byItself} in the same process; ${all} so far`,
          );
        });
      }

async function strike(
  world: World,
  scenario: string,
  call: number,
  kind: string,
): Promise<string | undefined> {
  const struck = spawn(process.execPath, [child, JSON.stringify(world), scenario, String(call), kind], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  struck.stdout.on('data', (piece) => (out += piece));
  await once(struck, 'close');
  return struck.signalCode === null && struck.exitCode === 0 ? out : undefined;
}

async function clone(from: World, to: World): Promise<World> {
  cpSync(from.folder, to.folder, { recursive: true, verbatimSymlinks: true });
  await worldDatabases[to.database].copied?.(from.folder, to.folder);
  return to;
}
