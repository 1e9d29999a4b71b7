import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { listBackups, verifyBackup } from '../../agent/backups/backups.ts';
import { backUpOnce, cleanUpOnce, recoverOnce } from './backup-works.ts';
import {
  digestOfApplication,
  filesOfVault,
  makeApplication,
  never,
  noise,
  openWorld,
} from './backup-world.ts';
import { blowsOf, strikes } from './strike-calls.ts';
import { StruckProcess } from './struck-process.ts';

/** A fair sample; `./nadi test --full` strikes everywhere. A restore is struck with the updates (killed.test.ts). */
const every = process.env.NADI_TEST_FULL === undefined ? 13 : 1;

/** Every backup that is said to be restorable is. */
async function allRestore(folder: string): Promise<number> {
  using world = openWorld(folder);
  const rows = (await listBackups(world.backups)).filter((row) => row.is_restorable === 1);
  for (const { id } of rows) await verifyBackup(world.backups, Number(id), never);
  return rows.length;
}

for (const work of ['create', 'cleanup'])
  for (const strike of strikes)
    test(`"${strike}" anywhere in a ${work} leaves only backups that restore, and the next one succeeds`, async (t) => {
      const base = mkdtempSync(join(tmpdir(), 'nadi-backups-'));
      t.after(() => rmSync(base, { recursive: true, force: true }));
      await using struck = new StruckProcess(join(import.meta.dirname, 'backup-child.ts'));
      const fresh = join(base, 'fresh');
      makeApplication(fresh);
      writeFileSync(join(fresh, 'app/src/besar'), noise(600_000, 'besar'));
      await backUpOnce(fresh);
      writeFileSync(join(fresh, 'app/src/besar'), noise(600_000, 'lain'));
      const db = new DatabaseSync(join(fresh, 'app.sqlite'));
      db.exec(`insert into users (name) values ('Budi')`);
      db.close();
      if (work === 'cleanup') await backUpOnce(fresh);
      const now = digestOfApplication(fresh);
      const clone = (name: string) => {
        const folder = join(base, name);
        cpSync(fresh, folder, { recursive: true, verbatimSymlinks: true });
        return folder;
      };
      const counted = await struck.work({ folder: clone('count'), work }, undefined);
      assert.ok(counted !== undefined && 'calls' in counted);
      const all = blowsOf(counted.calls, strike);
      const chosen = all.filter((_, n) => n % every === 0);
      for (const [n, blow] of chosen.entries()) {
        const folder = clone(String(n));
        const where = JSON.stringify(blow);
        await struck.work({ folder, work }, blow);
        await recoverOnce(folder);
        assert.equal(digestOfApplication(folder), now, where);
        assert.ok((await allRestore(folder)) >= 1, where);
        if (work === 'create') await backUpOnce(folder);
        else {
          await cleanUpOnce(folder);
          assert.equal(await allRestore(folder), 1, where);
        }
        await cleanUpOnce(folder);
        const parts = filesOfVault(join(folder, 'vault')).filter((path) => path.endsWith('.part'));
        assert.deepEqual(parts, [], where);
        rmSync(folder, { recursive: true });
      }
      t.diagnostic(`${chosen.length} of ${all.length} strikes`);
    });
