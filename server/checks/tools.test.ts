import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { allChecks } from './run-checks.ts';

const repository = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'nadi-tools-'));
after(() => rmSync(copy, { recursive: true, force: true }));

for (const file of ['package.json', 'tsconfig.json', 'biome.json', 'knip.json'])
  cpSync(join(repository, file), join(copy, file));
symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
write('server/main.ts', "import { used } from './used.ts';\n\nprocess.exitCode = used(process.env.CODE);\n");
write(
  'server/used.ts',
  "/** A parameter named process is not the process. */\nfunction of(process: { env: string }): number {\n  return Number(process.env);\n}\n\nexport const used = (code = '0'): number => of({ env: code });\n",
);

function write(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

/** What a check says of the copy. */
async function found(name: string): Promise<string> {
  const check = allChecks.find((each) => each.name === name) ?? assert.fail(`There is no check "${name}".`);
  return (
    await check.run({ repository: copy, execPath: process.execPath, env: process.env, print: () => {} })
  ).join('\n');
}

/** What a check says with one more file in the copy. */
async function foundWith(name: string, path: string, text: string): Promise<string> {
  write(path, text);
  try {
    return await found(name);
  } finally {
    rmSync(join(copy, path));
  }
}

test('types: well-typed code passes, a wrong type does not', async () => {
  assert.equal(await found('types'), '');
  assert.match(
    await foundWith('types', 'server/wrong.ts', "export const one: number = 'one';\n"),
    /server\/wrong\.ts.*TS2322/,
  );
});

test('style: what Biome would write otherwise or refuses is found, and nothing is written', async () => {
  assert.equal(await found('style (Biome)'), '');
  for (const [text, rule] of [
    ['export const  one = 1;\n', /format/],
    ['export const one: any = 1;\n', /noExplicitAny/],
    ["export const one = JSON.parse('1')!;\n", /noNonNullAssertion/],
    ['export const one = process.env.ONE;\n', /noProcessEnv/],
    ['console.log(1);\n', /noConsole/],
  ] as const) {
    assert.match(await foundWith('style (Biome)', 'server/wrong.ts', text), rule);
  }
});

test('unused: a file, an export and a package that nothing uses are found', async () => {
  assert.doesNotMatch(await found('unused (knip)'), /server\//);
  assert.match(
    await foundWith('unused (knip)', 'server/lonely.ts', 'export const one = 1;\n'),
    /Unused files.*\nserver\/lonely\.ts/,
  );
  const more = "export const used = (code = '0'): number => Number(code);\nexport const spare = 1;\n";
  assert.match(
    await foundWith('unused (knip)', 'server/used.ts', more),
    /Unused exports.*\nspare.*server\/used\.ts/,
  );
  write('server/used.ts', more);
  assert.match(await found('unused (knip)'), /Unused dependencies.*\nfastify /s);
});
