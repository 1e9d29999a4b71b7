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

const clockWords =
  /(?<![.\w])(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)|\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b/i;
const inexact = /\b(double\s+precision|float[48]?|real|money)\b/i;
const excused = /--.*\bnot money\b/i;

/** Checks migrations, and the SQL inside TypeScript, for what the house does not write. */
export async function checkSql(context: CheckContext): Promise<readonly string[]> {
  const files = await sourceFiles(context.repository, ['.sql', '.ts']);
  return sqlFaults(files);
}

/** What is wrong in these files, one text each. */
export function sqlFaults(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(
      ({ path }) =>
        !isTest(path) && !isGenerated(path) && !clocks.includes(path) && !path.startsWith('server/checks/'),
    )
    .flatMap((file) => {
      const clock = matchingLines(withoutComments(file), (line) => clockWords.test(line)).map(
        (at) => `${at}\n    The database's clock is not the product's: pass the time as a parameter.`,
      );
      return file.path.endsWith('.sql') ? [...clock, ...migrationFaults(file)] : clock;
    });
}

function migrationFaults(file: SourceFile): readonly string[] {
  const [first = ''] = file.text.split('\n');
  const compatible = /^-- compatible: (yes|no)$/.test(first)
    ? []
    : [
        `${file.path}:1: the first line says "-- compatible: yes" or "-- compatible: no": whether the version before still runs.`,
      ];
  const named = /^server\/migrations\/\d{4}-[a-z0-9-]+\.sql$/.test(file.path)
    ? []
    : [`${file.path}: migrations are named 0001-what-it-does.sql; any other name is passed over.`];
  const amounts = matchingLines(
    file,
    (line) => inexact.test(line.replace(/--.*$/, '')) && !excused.test(line),
  ).map(
    (at) => `${at}\n    Money is numeric(14,2). A column of measurements says "-- not money" on its line.`,
  );
  return [...compatible, ...named, ...amounts];
}
