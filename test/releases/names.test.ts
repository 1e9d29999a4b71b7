import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '#release-metadata';
import { filesIn, tarOf, zipFile } from './archives.ts';

const bad: Readonly<Record<string, string>> = {
  'a way up': '../evil',
  'a way up inside': 'app/../../evil',
  'a way up at the end': 'app/..',
  'a dot inside': 'app/./evil',
  'two slashes': 'app//evil',
  'an absolute path': '/etc/passwd',
  'a drive': 'C:/evil',
  'a drive without a slash': 'c:evil',
  backslashes: '..\\evil',
  'a backslash inside': 'app\\evil',
  'a device of Windows': 'app/CON',
  'a device with an ending': 'aux.txt',
  'a numbered device': 'app/com1.log/file',
  'a dot at the end': 'app/name.',
  'a space at the end': 'app /name',
  'a colon, which is a stream on Windows': 'app/file:stream',
  'a question mark': 'what?',
  'a line feed': 'a\nb',
  'an escape sequence': 'a\u001b[2Jb',
  'an invisible letter': '.g\u200cit/config',
  'the direction of writing': 'a\u202egnp.exe',
  history: 'app/.git/config',
  'history in capitals': '.GIT/config',
  settings: '.env',
  'a name too long': 'n'.repeat(256),
  'a path too long': `${'folder/'.repeat(30)}${'n'.repeat(250)}/${'n'.repeat(200)}`,
  'too deep': `${'f/'.repeat(40)}file`,
};

for (const [what, name] of Object.entries(bad)) {
  test(`${what}: refused in tar and ZIP, in words that say what to do`, async () => {
    const long = Buffer.byteLength(name) > 100 ? [{ name: 'long', type: 'L', data: `${name}\0` }] : [];
    for (const archive of [
      tarOf([{ name: 'first', data: '1' }, ...long, { name, data: 'evil' }]),
      zipFile([
        { name: 'first', data: '1' },
        { name, data: 'evil' },
      ]),
    ]) {
      await assert.rejects(filesIn(archive), { name: 'ReleaseFault', message: /\S: \S.{10,}\.$/s });
    }
  });
}

test('NUL ends a name in tar, as it does everywhere, and is refused in ZIP and in a pax name', async () => {
  await assert.rejects(filesIn(zipFile([{ name: 'a\0b' }])), { name: 'ReleaseFault' });
  const pax = { name: 'x', type: 'x', data: '13 path=a\0bc\n' };
  await assert.rejects(filesIn(tarOf([pax, { name: 'a' }])), { name: 'ReleaseFault' });
});

const collisions: readonly (readonly [what: string, first: string, second: string])[] = [
  ['the same twice', 'app/a', 'app/a'],
  ['other case', 'app/README', 'app/readme'],
  ['a folder in another case', 'app/a', 'App/b'],
  ['composed and decomposed letters', 'caf\u00e9', 'cafe\u0301'],
  ['sharp s and its capital letter', 'straße', 'STRAẞE'],
  ['two letters and a sharp s', 'strasse', 'STRAẞE'],
  ['sharp s and its capitals', 'straße', 'STRASSE'],
  ['the Kelvin sign', 'K', '\u212a'],
  ['a file where a folder is', 'app/a', 'app'],
  ['a folder where a file is', 'app', 'app/a'],
];

for (const [what, first, second] of collisions) {
  test(`${what}: refused`, async () => {
    const entries = [
      { name: first, data: '1' },
      { name: second, data: '2' },
    ];
    await assert.rejects(filesIn(tarOf(entries)), { name: 'ReleaseFault', message: /twice|same name/ });
    await assert.rejects(filesIn(zipFile(entries)), { name: 'ReleaseFault', message: /twice|same name/ });
  });
}

test('what a name holds does not reach a terminal', async () => {
  await assert.rejects(filesIn(zipFile([{ name: `\u001b[2J${'x'.repeat(5000)}` }])), ({ message }: Error) => {
    assert.ok(!message.includes('\u001b') && message.length < 400);
    return true;
  });
});

test('names of ordinary files are taken, in any script', async () => {
  const names = [
    'app/Index.vue',
    'app/.well-known/x',
    'público/日本語.md',
    'a b/c+d@e~f#g%20[1].js',
    'console',
    'com10',
    '.environment',
    'v1.2.3-rc',
  ];
  const entries = names.map((name) => ({ name, data: name }));
  for (const archive of [tarOf(entries), zipFile(entries)])
    assert.deepEqual(
      (await filesIn(archive)).map(({ path }) => path),
      names,
    );
});

test('more files, or more bytes, than the limits allow are refused', async () => {
  const entries = Array.from({ length: 4 }, (_, at) => ({ name: `f${at}`, data: 'x'.repeat(10) }));
  await assert.rejects(filesIn(tarOf(entries), { ...defaultLimits, files: 3 }), /more than 3 files/);
  await assert.rejects(filesIn(tarOf(entries), { ...defaultLimits, bytes: 35 }), /MiB together/);
  assert.equal((await filesIn(tarOf(entries), { ...defaultLimits, files: 4, bytes: 40 })).length, 4);
});
