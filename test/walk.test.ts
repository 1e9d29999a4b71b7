import { test } from 'node:test';
import { testApp } from './support/test-app.ts';
import { walk } from './support/walk.ts';

test('a subscriber is added, invoiced, pays, and is extended', async () => {
  await using nadi = await testApp();
  await walk(nadi);
});
