import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { runCli } from './cli.ts';

async function nadi(...args: string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const code = await runCli({
    args,
    env: {},
    cwd: '/',
    execPath: process.execPath,
    repository: dirname(dirname(import.meta.dirname)),
    signal: new AbortController().signal,
    terminal: {
      print: (line) => void printed.push(line),
      note: (line) => void noted.push(line),
      redraw: undefined,
    },
  });
  return { code, printed: printed.join('\n'), noted: noted.join('\n') };
}

test('every command tells how it is used', async () => {
  const { code, printed } = await nadi('--help');
  assert.equal(code, 0);
  const commands = [...printed.matchAll(/^ {2}([a-z][a-z:-]*)[ \n]/gm)].map(([, name]) => name ?? '');
  for (const known of [
    'up',
    'demo',
    'migrate',
    'migrate:status',
    'seed',
    'subscriptions:process',
    'import',
    'openapi',
    'bench',
    'check',
    'test',
  ]) {
    assert.ok(commands.includes(known), `${known} is missing in --help`);
  }
  const imports = ['customers', 'invoices', 'payments', 'phpnuxbill'].map((what) => ['import', what]);
  for (const name of [...commands.map((command) => [command]), ...imports]) {
    const help = await nadi(...name, '--help');
    assert.equal(help.code, 0, name.join(' '));
    assert.match(help.printed, new RegExp(`^Usage: nadi ${name.join(' ')}`));
  }
});

test('the version is printed', async () => {
  assert.match((await nadi('--version')).printed, /^\d+\.\d+\.\d+$/);
});

test('what is not known is refused in a sentence', async () => {
  const wrong = [
    ['fly'],
    ['up', '--wings'],
    ['up', '--edition', 'moon'],
    ['up', '--role', 'king'],
    ['import'],
    ['import', 'customers'],
  ];
  for (const args of [
    ...wrong,
    ['seed', '--email', 'x'],
    ['read-only', 'maybe'],
    ['import', 'customers', '/nowhere.csv'],
  ]) {
    const { code, noted } = await nadi(...args);
    assert.notEqual(code, 0, args.join(' '));
    assert.ok(noted.length > 0, `${args.join(' ')} says nothing`);
    assert.doesNotMatch(noted, /\n\s+at /, args.join(' '));
  }
});

test('every fault of the configuration is told at once', async () => {
  const noted: string[] = [];
  const code = await runCli({
    args: ['up'],
    env: { PORT: 'x', LOG_LEVEL: 'loud', DB_CONNECTION: 'mysql', NADI_DATA_DIR: '/nonexistent' },
    cwd: '/',
    execPath: process.execPath,
    repository: dirname(dirname(import.meta.dirname)),
    signal: new AbortController().signal,
    terminal: { print: () => {}, note: (line) => void noted.push(line), redraw: undefined },
  });
  assert.equal(code, 1);
  for (const name of ['PORT', 'LOG_LEVEL', 'DB_CONNECTION'])
    assert.match(noted.join('\n'), new RegExp(`^ {2}${name}: `, 'm'));
});
