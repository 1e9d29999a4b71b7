import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textFaults } from './texts.ts';

const faultsOf = (text: string, path = 'server/kit/some.ts') => textFaults([{ path, text }]);

test('the wall clock is read by two files and tests alone', () => {
  for (const text of [
    'const a = Date.now();',
    'const a = new Date();',
    'Temporal.Now.instant()',
    'String(Date())',
  ]) {
    assert.equal(faultsOf(text).length, 1, text);
    assert.deepEqual(faultsOf(text, 'server/kit/clock.ts'), []);
    assert.deepEqual(faultsOf(text, 'server/kit/some.test.ts'), []);
  }
  for (const text of ['new Date(given)', '// never Date.now()', '/*\n new Date()\n*/', 'kit.clock.now()']) {
    assert.deepEqual(faultsOf(text), [], text);
  }
});

test('the line of a fault is told', () => {
  assert.match(faultsOf('/* one\ntwo */\nDate.now();')[0] ?? '', /^server\/kit\/some\.ts:3: Date\.now\(\);/);
});

test('files stay short, and leave nothing half done', () => {
  assert.deepEqual(faultsOf('a;\n'.repeat(300)), []);
  assert.equal(faultsOf('a;\n'.repeat(301)).length, 1);
  assert.equal(faultsOf('// TODO later').length, 1);
  assert.deepEqual(faultsOf('// TODO(rina): the gateway has no sandbox before March'), []);
  assert.equal(faultsOf('// @ts-ignore').length, 1);
  assert.equal(faultsOf('export default 1;').length, 1);
});
