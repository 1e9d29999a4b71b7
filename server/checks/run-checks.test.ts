import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openapiText } from '../../packages/contract/openapi.ts';
import type { Check } from './context.ts';
import { checkOpenapi, openapiPath } from './generated.ts';
import { runChecks } from './run-checks.ts';
import { verdict } from './run-tool.ts';

const said: string[] = [];
const context = {
  repository: '/nonexistent',
  execPath: process.execPath,
  env: {},
  print: (line: string) => said.push(line),
};
const check = (name: string, run: Check['run']): Check => ({ name, run });

test('one line a check with its time; what failed is told in full, and others still run', async () => {
  said.length = 0;
  const ok = await runChecks(context, [
    check('first', async () => ['one\ntwo']),
    check('second', async () => Promise.reject(new Error('broke'))),
    check('third', async () => []),
  ]);
  assert.equal(ok, false);
  const text = said.join('\n');
  assert.match(text, /^FAIL {2}first {5}\d/m);
  assert.match(text, /^FAIL {2}second/m);
  assert.match(text, /^ok {4}third .*0\.0 s$/m);
  assert.match(text, /^first:\n {2}one\n {2}two$/m);
  assert.match(text, /^second:\n {2}Error: broke/m);
  assert.equal(await runChecks(context, [check('third', async () => [])]), true);
});

test('a tool that is not there is a failure, never a pass', async () => {
  await assert.rejects(verdict(context, 'tsc7/bin/tsc', []), /tsc7\/bin\/tsc is not installed/);
});

test('a description that is not what the contract says is told with the command that mends it', async () => {
  const repository = mkdtempSync(join(tmpdir(), 'nadi-check-'));
  try {
    const file = join(repository, openapiPath);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, openapiText());
    assert.deepEqual(await checkOpenapi({ ...context, repository }), []);
    writeFileSync(file, openapiText().replace('"Nadi"', '"Other"'));
    const [fault = ''] = await checkOpenapi({ ...context, repository });
    assert.match(
      fault,
      /line 4: found ""title": "Other",", wanted ""title": "Nadi","\)\. Run: \.\/nadi openapi$/,
    );
    rmSync(file);
    assert.equal((await checkOpenapi({ ...context, repository })).length, 1);
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
});
