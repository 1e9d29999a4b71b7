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
        comment: z.string().optional(),
        rule: z.object({ name: z.string() }),
      }),
    ),
  }),
});

export type Cruise = z.output<typeof cruiseSchema>;

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
  const found = cruise.summary.violations.map(({ from, to, comment = '', rule }) =>
    `${from} → ${to}\n    ${rule.name}: ${comment}`.trimEnd(),
  );
  return [...unseen(await sourceFiles(context.repository, ['.ts', '.tsx']), cruise), ...found];
}

/** The files that the checker was blind for: not cruised, or cruised without seeing their imports. */
export function unseen(files: readonly SourceFile[], cruise: Cruise): readonly string[] {
  const seen = new Map(cruise.modules.map((module) => [module.source, module.dependencies.length]));
  return files.flatMap(({ path, text }) => {
    if (!seen.has(path)) return [`${path} was not looked at by dependency-cruiser.`];
    if (seen.get(path) === 0 && /^(import|export) .*from '/m.test(text)) {
      return [`dependency-cruiser sees no imports in ${path}; it needs TypeScript 6 beside TypeScript 7.`];
    }
    return [];
  });
}
