import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf, makeWorld, recoverOnce, updateOnce } from './update-world.ts';

/** A fair sample; `./nadi test --full` strikes at every call. */
const every = process.env.NADI_TEST_FULL === undefined ? 17 : 1;
const child = join(import.meta.dirname, 'update-child.ts');

async function strike(folder: string, call: number, kind: string): Promise<string | undefined> {
  const struck = spawn(process.execPath, [child, folder, String(call), kind], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  struck.stdout.on('data', (piece) => (out += piece));
  await once(struck, 'close');
  return struck.signalCode === null && struck.exitCode === 0 ? out : undefined;
}

for (const kind of ['kill', 'error', 'full']) {
  test(`an update that meets "${kind}" at any call ends exactly old or exactly new, and the next one succeeds`, async (t) => {
    const base = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
    t.after(() => rmSync(base, { recursive: true, force: true }));
    const fresh = join(base, 'fresh');
    makeWorld(fresh);
    const old = digestOf(fresh);
    const done = join(base, 'done');
    cpSync(fresh, done, { recursive: true, verbatimSymlinks: true });
    await updateOnce(done);
    const updated = digestOf(done);
    assert.notEqual(updated, old);
    const total = Number(await strike(clone(base, fresh, 'count'), -1, 'kill'));
    assert.ok(total > 100, String(total));
    const ends = { old: 0, new: 0 };
    for (let call = 0; call < total; call += every) {
      const folder = clone(base, fresh, `${call}`);
      await strike(folder, call, kind);
      await recoverOnce(folder);
      const end = digestOf(folder);
      assert.ok(end === old || end === updated, `call ${call}: ${end}, neither ${old} nor ${updated}`);
      ends[end === old ? 'old' : 'new'] += 1;
      await updateOnce(folder);
      assert.equal(digestOf(folder), updated, `call ${call}, the next update`);
      rmSync(folder, { recursive: true });
    }
    t.diagnostic(`${total} calls struck: ${ends.old} ended old, ${ends.new} new`);
  });
}

function clone(base: string, fresh: string, name: string): string {
  const folder = join(base, name);
  cpSync(fresh, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}
