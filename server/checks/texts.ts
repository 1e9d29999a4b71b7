import type { CheckContext } from './context.ts';
import {
  clocks,
  isGenerated,
  isTest,
  matchingLines,
  type SourceFile,
  sourceFiles,
  withoutComments,
} from './source-files.ts';

const longest = 300;

interface Rule {
  readonly tells: string;
  readonly covers: (path: string) => boolean;
  readonly wrong: RegExp;
  /** Whether it is about comments, too. */
  readonly inComments?: boolean;
}

const product = (path: string) => !isTest(path);

const rules: readonly Rule[] = [
  {
    tells: 'Only clock.ts of the kit and of the agent reads the wall clock; everything else is given a clock',
    covers: (path) => product(path) && !clocks.includes(path),
    wrong: /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(\)|\bTemporal\.Now\b/,
  },
  { tells: 'Export by name, not by default', covers: () => true, wrong: /^export default\b/ },
  {
    tells: 'A TODO names its owner and reason: TODO(name): why',
    covers: () => true,
    wrong: /\bTODO\b(?!\([^)]+\): \S)/,
    inComments: true,
  },
  {
    tells: 'Mend the types instead of silencing them',
    covers: () => true,
    wrong: /@ts-(ignore|nocheck|expect-error)\b/,
    inComments: true,
  },
];

/** What no other tool looks at: length, the clock, leftovers. */
export async function checkTexts(context: CheckContext): Promise<readonly string[]> {
  const files = await sourceFiles(context.repository, ['.ts', '.tsx']);
  return textFaults(files.filter(({ path }) => !isGenerated(path)));
}

/** What is wrong in these files, one text each. */
export function textFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const lines = file.text.split('\n').length - 1;
    const long =
      lines > longest ? [`${file.path} has ${lines} lines; past ${longest} it wants a second file.`] : [];
    // The rules themselves are full of what they forbid.
    if (/^server\/checks\/(texts|sql)(\.test)?\.ts$/.test(file.path)) return long;
    const bare = withoutComments(file);
    const broken = rules
      .filter((rule) => rule.covers(file.path))
      .flatMap((rule) =>
        matchingLines(rule.inComments ? file : bare, (line) => rule.wrong.test(line)).map(
          (at) => `${at}\n    ${rule.tells}.`,
        ),
      );
    return [...long, ...broken];
  });
}
