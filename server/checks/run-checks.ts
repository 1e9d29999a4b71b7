import type { Check, CheckContext } from './context.ts';
import { checkDbTypes, checkOpenapi } from './generated.ts';
import { verdict } from './run-tool.ts';
import { checkSql } from './sql.ts';
import { checkStructure } from './structure.ts';
import { checkTexts } from './texts.ts';

/** All checks, those that take long first. */
export const allChecks: readonly Check[] = [
  { name: 'database types', run: checkDbTypes },
  {
    name: 'unused (knip)',
    run: (context) => verdict(context, 'knip/bin/knip.js', ['--no-progress', '--no-config-hints']),
  },
  { name: 'types', run: (context) => verdict(context, 'tsc7/bin/tsc', ['--pretty', 'false']) },
  { name: 'structure', run: checkStructure },
  {
    name: 'style (Biome)',
    run: (context) =>
      verdict(context, '@biomejs/biome/bin/biome', [
        'ci',
        '--colors=off',
        '--diagnostic-level=warn',
        '--max-diagnostics=50',
        '--error-on-warnings',
      ]),
  },
  { name: 'openapi.json', run: checkOpenapi },
  { name: 'sql', run: checkSql },
  { name: 'texts', run: checkTexts },
];

/** Most machines that build have two cores, and several of the tools use more than one. */
const lanes = 2;

/** Runs the checks, tells each with its time, and all that the failed ones say. True if all is well. */
export async function runChecks(
  context: CheckContext,
  checks: readonly Check[] = allChecks,
): Promise<boolean> {
  const waiting = [...checks];
  const faults = new Map<string, readonly string[]>();
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lane = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const start = performance.now();
      const found = await check.run(context).catch((error: unknown) => [described(error)]);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      context.print(
        `${found.length === 0 ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(width)}  ${seconds.padStart(5)} s`,
      );
      if (found.length > 0) faults.set(check.name, found);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const [name, found] of faults) {
    context.print(`\n${name}:`);
    for (const text of found) context.print(`  ${text.replaceAll('\n', '\n  ')}`);
  }
  return faults.size === 0;
}

function described(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
