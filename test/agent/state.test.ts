import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openState } from '../../agent/state/open-state.ts';

test('a state that a newer agent wrote is used where that says that it can be, as after going back, and refused elsewhere', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (sql: string) => {
    using state = openState(folder);
    state.db.exec(sql);
  };
  write('create table later (n integer); pragma user_version = 99');
  write('insert into later values (1)');
  write('pragma application_id = 99');
  assert.throws(() => openState(folder), /newer agent/);
});
