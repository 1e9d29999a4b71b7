import type { z } from 'zod';
import type { fileSchema } from '#contract';
import type { Language } from '#kit/errors.ts';
import { csvOf } from './csv.ts';
import { type Column, tableOf } from './table.ts';
import { xlsxOf } from './xlsx.ts';

interface Form {
  readonly format: 'json' | 'csv' | 'xlsx';
  readonly language?: Language | undefined;
}

/** A report as it was asked for: `answer` as JSON, or its rows as a file that is named for it. */
export async function inForm<Answer, Row extends object>(
  { format, language }: Form,
  spoken: Language,
  report: {
    readonly name: string;
    readonly columns: readonly Column<Row>[];
    readonly rows: readonly Row[];
    readonly answer: Answer;
  },
): Promise<Answer | z.input<typeof fileSchema>> {
  if (format === 'json') return report.answer;
  const table = tableOf(report.name, language ?? spoken, report.columns, report.rows);
  const filename = `${report.name}.${format}`;
  return format === 'csv'
    ? { type: 'text/csv', bytes: csvOf(table), filename }
    : {
        type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        bytes: await xlsxOf(table),
        filename,
      };
}
