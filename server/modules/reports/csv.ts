import type { CellKind, Table } from './table.ts';

/**
 * A table as CSV (RFC 4180) in UTF-8 with a byte order mark, by which spreadsheets know the encoding. A text that a
 * spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection).
 */
export function csvOf({ titles, kinds, rows }: Table): Uint8Array {
  const lines = [
    titles.map((title) => field(title, 'text')),
    ...rows.map((row) => row.map((value, at) => field(value ?? '', kinds[at] ?? 'text'))),
  ];
  return Buffer.from(`\ufeff${lines.map((line) => `${line.join(',')}\r\n`).join('')}`);
}

function field(value: string, kind: CellKind): string {
  // Numbers are our own: a minus in front of one is no formula.
  const safe = kind === 'text' && /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
