import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { presentFolders } from './source-files.ts';
import { checkStructure, unseen } from './structure.ts';

const repository = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'nadi-structure-'));
after(() => rmSync(copy, { recursive: true, force: true }));

interface Rule {
  readonly name: string;
  readonly to: { readonly pathNot?: string };
}
const config: { readonly default: { readonly forbidden: readonly Rule[] } } = await import(
  join(repository, '.dependency-cruiser.mjs')
);
const rules = config.default.forbidden;

/** For each rule a file that breaks it. */
const plants: Readonly<Record<string, readonly [path: string, text: string]>> = {
  ...Object.fromEntries(
    rules.flatMap(({ name, to }) => {
      const module = /^(\w+)-imports-left$/.exec(name)?.[1];
      return module === undefined
        ? []
        : [[name, importing(`server/modules/${module}/planted.ts`, right(to.pathNot ?? ''))]];
    }),
  ),
  'module-is-listed': importing('server/modules/nowhere/index.ts', '../audit/index.ts'),
  'module-by-its-index': importing('server/modules/billing/planted-inside.ts', '../subscriptions/queries.ts'),
  'outside-by-its-index': importing(
    'server/commands/planted-inside.ts',
    '../modules/subscriptions/queries.ts',
  ),
  'modules-meet-in-editions': importing('server/checks/planted-module.ts', '../modules/billing/index.ts'),
  'kit-knows-no-module': importing('server/kit/planted-module.ts', '../modules/billing/index.ts'),
  'module-knows-no-edition': importing(
    'server/modules/billing/planted-edition.ts',
    '../../editions/provider.ts',
  ),
  'packages-stand-alone': importing('packages/contract/planted-kit.ts', '#kit/errors.ts'),
  'server-uses-packages': importing('server/kit/planted-agent.ts', '../../agent/index.ts'),
  'agent-uses-few-packages': importing('agent/planted-contract.ts', '#contract'),
  'console-uses-contract': importing('console/planted-kit.ts', '#kit/errors.ts'),
  'nothing-imports-an-app': importing('server/commands/planted-app.ts', '../main.ts'),
  'simulators-for-demo-and-tests': importing('server/commands/planted-simulator.ts', '#simulators'),
  'only-queries-build-queries': importing('server/modules/billing/planted-sql.ts', 'kysely'),
  'only-kit-connects': importing('server/modules/billing/planted-pg.ts', 'pg'),
  'rules-are-pure': importing('server/modules/fleet/rules.ts', './helper.ts'),
  'no-tests-in-the-product': importing('server/kit/planted-test.ts', '../../test/support/database.ts'),
  'no-development-package-in-the-product': importing('server/kit/planted-tool.ts', 'fast-check'),
  'packages-are-listed': importing('server/kit/planted-unlisted.ts', 'ajv'),
  'no-circles': importing('server/kit/planted-circle.ts', './planted-circle-2.ts'),
  'imports-resolve': importing('server/kit/planted-missing.ts', '#kit/missing.ts'),
};

/** What the plants need to point at. */
const grounds: readonly (readonly [path: string, text: string])[] = [
  importing('server/kit/planted-circle-2.ts', './planted-circle.ts'),
  importing('server/modules/fleet/helper.ts', 'node:fs'),
  ['agent/index.ts', 'export const agent = 1;\n'],
  importing('server/demo/allowed.ts', '#simulators'),
  importing('server/modules/payments/allowed.ts', '../billing/index.ts'),
];

function importing(path: string, target: string): readonly [string, string] {
  return [path, `import * as planted from '${target}';\n\nexport const used = planted;\n`];
}

/** A module that the rule of `pathNot` does not allow. */
function right(pathNot: string): string {
  const modules = [...rules.flatMap(({ name }) => /^(\w+)-imports-left$/.exec(name)?.[1] ?? []), 'nowhere'];
  const target = modules.find((name) => !new RegExp(pathNot).test(`server/modules/${name}/`));
  return `../${target}/index.ts`;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

test('every rule finds the violation planted for it, and nothing else in those files', async () => {
  for (const folder of presentFolders(repository))
    cpSync(join(repository, folder), join(copy, folder), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs'])
    cpSync(join(repository, file), join(copy, file));
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
  for (const { name } of rules) {
    const module = /^(\w+)-imports-left$/.exec(name)?.[1];
    if (module !== undefined) writeIfMissing(`server/modules/${module}/index.ts`);
  }
  for (const [path, text] of [...grounds, ...Object.values(plants)]) write(path, text);
  const context = { repository: copy, execPath: process.execPath, env: process.env, print: () => {} };
  const found = (await checkStructure(context)).join('\n');
  for (const { name } of rules) {
    const [path] = plants[name] ?? assert.fail(`No violation is planted for the rule ${name}.`);
    // A circle is told from any of its files.
    const place = path.replace('circle.ts', 'circle(-2)?.ts');
    assert.match(found, new RegExp(`^${place} → .*\\n    ${name}: .`, 'm'));
  }
  assert.doesNotMatch(found, /allowed\.ts →/);
  assert.doesNotMatch(found, /looked at|sees no imports/);
});

function writeIfMissing(path: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  try {
    writeFileSync(join(copy, path), 'export const module = 1;\n', { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

test('a file that was not cruised, or whose imports were not seen, is told', () => {
  const files = [
    { path: 'a.ts', text: "import { b } from './b.ts';\n" },
    { path: 'b.ts', text: 'export const b = 1;\n' },
  ];
  const a = { source: 'a.ts', dependencies: [{}] };
  const b = { source: 'b.ts', dependencies: [] };
  assert.deepEqual(unseen(files, { modules: [a, b] }), []);
  assert.match(unseen(files, { modules: [] }).join(), /a\.ts was not looked at.*b\.ts was not/s);
  assert.match(
    unseen(files, { modules: [{ ...a, dependencies: [] }, b] }).join(),
    /sees no imports in a\.ts/,
  );
});
