import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { listBackups, verifyBackup } from '../../agent/backups/backups.ts';
import { backUpOnce, cleanUpOnce, recoverOnce, restoreOnce } from './backup-works.ts';
import {
  digestOfApplication,
  filesOfVault,
  makeApplication,
  never,
  noise,
  openWorld,
} from './backup-world.ts';

/** A fair sample; `./nadi test --full` strikes at every call. */
const every = process.env.NADI_TEST_FULL === undefined ? 13 : 1;
const child = join(import.meta.dirname, 'backup-child.ts');

async function strike(folder: string, call: number, kind: string, work: string): Promise<string> {
  const struck = spawn(process.execPath, [child, folder, String(call), kind, work], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  struck.stdout.on('data', (piece) => (out += piece));
  await once(struck, 'close');
  return out;
}

/** Every backup that is said to be restorable is. */
async function allRestore(folder: string): Promise<number> {
  using world = openWorld(folder);
  const rows = (await listBackups(world.backups)).filter((row) => row.is_restorable === 1);
  for (const { id } of rows) await verifyBackup(world.backups, Number(id), never);
  return rows.length;
}

for (const work of ['create', 'cleanup', 'restore'])
  for (const kind of ['kill', 'error', 'full'])
    test(`"${kind}" at any call of a ${work} leaves only backups that restore, and the next one succeeds`, async (t) => {
      const base = mkdtempSync(join(tmpdir(), 'nadi-backups-'));
      t.after(() => rmSync(base, { recursive: true, force: true }));
      const fresh = join(base, 'fresh');
      makeApplication(fresh);
      writeFileSync(join(fresh, 'app/src/besar'), noise(600_000, 'besar'));
      await backUpOnce(fresh);
      const old = digestOfApplication(fresh);
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
      const total = Number(await strike(clone('count'), -1, 'kill', work));
      assert.ok(total >= 20, String(total));
      let struck = 0;
      for (let call = 0; call < total; call += every, struck += 1) {
        const folder = clone(String(call));
        await strike(folder, call, kind, work);
        await recoverOnce(folder);
        const end = digestOfApplication(folder);
        assert.ok(end === now || (work === 'restore' && end === old), `call ${call}: ${end}`);
        assert.ok((await allRestore(folder)) >= 1, `call ${call}`);
        if (work === 'create') await backUpOnce(folder);
        else if (work === 'cleanup') {
          await cleanUpOnce(folder);
          const left = await allRestore(folder);
          assert.equal(left, 1, `call ${call}`);
        } else {
          await restoreOnce(folder);
          assert.equal(digestOfApplication(folder), old, `call ${call}`);
        }
        await cleanUpOnce(folder);
        assert.deepEqual(
          filesOfVault(join(folder, 'vault')).filter((path) => path.endsWith('.part')),
          [],
          `call ${call}`,
        );
        rmSync(folder, { recursive: true });
      }
      t.diagnostic(`${struck} of ${total} calls struck`);
    });
