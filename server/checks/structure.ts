import { z } from 'zod';
import type { CheckContext } from './context.ts';
import { runTool } from './run-tool.ts';
import { presentFolders, type SourceFile, sourceFiles } from './source-files.ts';

const cruiseSchema = z.object({
  modules: z.array(z.object({ source: z.string(), dependencies: z.array(z.unknown()) })),
  summary: z.object({
    violations: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        rule: z.object({ name: z.string() }),
      }),
    ),
    ruleSetUsed: z.object({ forbidden: z.array(z.object({ name: z.string(), comment: z.string() })) }),
  }),
});

/** Which files were looked at, and how many imports were seen in each. */
export type Cruised = Pick<z.output<typeof cruiseSchema>, 'modules'>;

/** Checks the dependency rule, and that the checker has seen every file and its imports. */
export async function checkStructure(context: CheckContext): Promise<readonly string[]> {
  const { stdout, stderr } = await runTool(context, 'dependency-cruiser/bin/dependency-cruiser.mjs', [
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'json',
    ...presentFolders(context.repository),
  ]);
  // Its exit code counts violations; what failed altogether left no JSON.
  if (!stdout.startsWith('{')) return [`dependency-cruiser did not run: ${stdout}${stderr}`];
  const cruise = cruiseSchema.parse(JSON.parse(stdout));
  const { violations, ruleSetUsed } = cruise.summary;
  const why = new Map(ruleSetUsed.forbidden.map((rule) => [rule.name, rule.comment]));
  const found = violations.map(
    ({ from, to, rule }) => `${from} → ${to}\n    ${rule.name}: ${why.get(rule.name)}`,
  );
  return [...unseen(await sourceFiles(context.repository, ['.ts', '.tsx']), cruise), ...found];
}

/** The files that the checker was blind for: not cruised, or cruised without seeing their imports. */
export function unseen(files: readonly SourceFile[], { modules }: Cruised): readonly string[] {
  const seen = new Map(modules.map((module) => [module.source, module.dependencies.length]));
  return files.flatMap(({ path, text }) => {
    if (!seen.has(path)) return [`${path} was not looked at by dependency-cruiser.`];
    if (seen.get(path) === 0 && /^(import|export) .*from '/m.test(text)) {
      return [`dependency-cruiser sees no imports in ${path}; it needs TypeScript 6 beside TypeScript 7.`];
    }
    return [];
  });
}
