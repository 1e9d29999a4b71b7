import type { Language, Message } from '#kit/errors.ts';

export type CellKind = 'text' | 'number' | 'money' | 'date';

/** A column of a report that is saved as a file: the field of its rows, what stands above it, and what its cells are. */
export interface Column<Row> {
  readonly key: keyof Row & string;
  readonly title: Message;
  readonly kind: CellKind;
}

/** A report as rows and columns. Cells are texts, decimal texts, or `YYYY-MM-DD`, by the kind of their column. */
export interface Table {
  /** Of the file and its sheet: lower case and hyphens. */
  readonly name: string;
  readonly titles: readonly string[];
  readonly kinds: readonly CellKind[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export function tableOf<Row extends object>(
  name: string,
  language: Language,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Table {
  return {
    name,
    titles: columns.map(({ title }) => title[language]),
    kinds: columns.map(({ kind }) => kind),
    rows: rows.map((row) =>
      columns.map(({ key }) => {
        const value = row[key];
        return value === null || value === undefined ? null : String(value);
      }),
    ),
  };
}
