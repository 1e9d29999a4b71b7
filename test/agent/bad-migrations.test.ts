import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  act,
  digestOf,
  installationOf,
  layouts,
  makeWorld,
  update,
  versionOf,
  type World,
  withAgent,
} from './update-world.ts';

const bad = {
  'fails half-way': { end: "db.exec('drop table tak_ada');", seconds: 20, told: /no such table: tak_ada/ },
  hangs: { end: 'setInterval(() => {}, 1000);', seconds: 1, told: /took longer than 1 seconds/ },
};

for (const layout of layouts)
  for (const [how, { end, seconds, told }] of Object.entries(bad))
    test(`a migration that ${how} is told, undone with its database, and hinders nothing, in the layout ${layout}`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const world: World = { folder, layout, database: 'sqlite' };
      await makeWorld(world);
      const old = await digestOf(world);
      const script = `const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
        db.exec("create table bills (id integer); insert into users (name) values ('Baru'); alter table users drop column name");
        ${end}`;
      const migrate = { command: [process.execPath, '-e', script, join(folder, 'app.sqlite')], seconds };
      const installation = installationOf(world);
      const ill = { ...installation, hooks: { ...installation.hooks, migrate } };
      const outcome = await withAgent(ill, (agent) =>
        update(agent, join(folder, 'package'), { hasMigrations: true, isCompatible: false }),
      );
      assert.match(outcome.is === 'undone' ? outcome.reason : '', told);
      assert.equal(await digestOf(world), old);
      await act(world, 'migrate');
      assert.equal(versionOf(installation), '1.1.0');
    });
